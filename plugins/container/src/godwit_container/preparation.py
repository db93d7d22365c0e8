"""Getting an attempt ready for its container, and taking what it left: the files on both sides of the run."""

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from godwit_plugin_api.backend import AttemptRequest
from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.service_jobs import JobRejected
from godwit_plugin_api.supervision.jobs import JobFolder
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, NamedLiterals
from godwitidl.plugins.container.v1.container_pb2 import ContainerJob

from godwit_container import raw_values, shares, staging
from godwit_container.containers import creation
from godwit_container.copying import is_safe
from godwit_container.given_secrets import SecretMissing, folder_of, remove_files, secrets_of, write_files
from godwit_container.outcomes import user_error
from godwit_container.shares import Share

_DEFAULT_PYTHON = "python3"
_PROGRAM = re.compile(r"^\{([a-z][a-z0-9_-]*)\}$")
"""A name of a program, which the image has under the name `godwit-…`."""
_PASSING = ("staged", "data", "checkpoint", "raw-inputs", "raw-outputs")
"""Folders of a job that hold copies: what is to stay is in the store when the container has ended."""


@dataclass(frozen=True)
class Preparation:
    """What is known of an attempt's container before it is created.

    Attributes:
        request: the attempt.
        job: its folder.
        name: the container's name, which follows from the attempt's id.
        mounting: whether the Docker engine sees the folders of this host; if not, they are copied.
        owning: whether this user may remove what a container writes into them; if not, that is copied.
        registry: of stores and secrets.
    """

    request: AttemptRequest
    job: JobFolder
    name: str
    mounting: bool
    owning: bool
    registry: PluginRegistry
    spec: TaskSpec = field(init=False)
    payload: ContainerJob = field(init=False)

    def __post_init__(self) -> None:
        spec = TaskSpec.FromString(self.request.task.spec)
        payload = ContainerJob()
        if spec.HasField("payload"):
            spec.payload.Unpack(payload)
        object.__setattr__(self, "spec", spec)
        object.__setattr__(self, "payload", payload)

    @property
    def memory_bytes(self) -> int:
        """Memory that the container may take; 0: as much as there is."""
        return self.request.memory_bytes or self.spec.resources.memory_bytes

    @property
    def home(self) -> Path:
        """Home of the engine, which is nobody's source."""
        return self.job.path.parents[1]

    @property
    def is_raw(self) -> bool:
        """Whether the program knows nothing of Godwit."""
        return self.payload.HasField("raw")

    @property
    def raw_outputs(self) -> Path:
        """Folder that a raw program writes to."""
        return self.job.path / "raw-outputs"

    @property
    def prefix(self) -> Path | None:
        """Folder that the program writes large values to, where that is the place where they stay."""
        return shares.local_path(self.request.output_prefix) if self.mounting and self.owning else None

    @property
    def checkpoint(self) -> Path:
        """Folder of the checkpoint on this host."""
        path = shares.local_path(self.request.checkpoint_prefix)
        return path if path is not None else self.job.path / "checkpoint"

    @property
    def secrets_folder(self) -> Path:
        """Folder of the secrets on this host."""
        return folder_of(self.name, self.job.path)

    def make(self) -> tuple[dict[str, Any], list[Share]]:
        """Write what the container is to see, and return what the engine is told, and what it is to see.

        Raises:
            JobRejected: it can never run.
            GodwitError, OSError: something cannot be read or written.
        """
        stores = staging.Stores(self.registry)
        staged = self.job.path / "staged"
        inputs = NamedLiterals.FromString(self.request.inputs)
        brought = staging.bring(inputs, stores, staged, everything=not self.mounting)
        try:
            seen = self._raw_shares(brought, staged) if self.is_raw else self._contract_shares(brought, stores)
            secrets = secrets_of(self.spec, self.registry, all_as_files=not self.is_raw)
            command, arguments = self._command(staging.host_view(brought, staged))
        except raw_values.ValueFault as error:
            raise JobRejected(user_error(error.code, error.message)) from error
        except SecretMissing as error:
            raise JobRejected(user_error("SECRET_NOT_FOUND", error.message)) from error
        if staged.is_dir() and not self.is_raw:
            seen.append(Share(staged, shares.STAGED))
        if secrets.files:
            seen.append(Share(write_files(secrets.files, self.secrets_folder), shares.SECRETS))
        seen = shares.transported(seen, mounting=self.mounting, owning=self.owning)
        environment = {item.name: item.value for item in self.spec.environment}
        body = creation(
            self.request,
            self.spec,
            self.payload,
            command=command,
            arguments=arguments,
            environment={**environment, **secrets.variables},
            mounts=[share for share in seen if not share.copied],
        )
        return body, seen

    def shares_out(self) -> list[Share]:
        """Return what is to be copied out of a container that has ended."""
        if self.is_raw:
            seen = [Share(self.raw_outputs, self.payload.raw.outputs_folder, writable=True)]
        else:
            seen = shares.contract_shares(self.request, self.job, self.prefix, self.checkpoint)
        found = shares.transported(seen, mounting=self.mounting, owning=self.owning)
        return [share for share in found if share.copied and share.writable]

    def take(self) -> None:
        """Turn what a program left into what the file contract says: `outputs.pb` or `error.pb`.

        Raises:
            GodwitError, OSError: a store cannot be written to.
        """
        stores = staging.Stores(self.registry)
        if self.is_raw:
            self._take_raw(stores)
        elif self.prefix is None:
            self._take_data(stores)

    def clean(self) -> None:
        """Remove what is needed only while the container is there. Idempotent."""
        remove_files(self.secrets_folder)
        for name in _PASSING:
            shutil.rmtree(self.job.path / name, ignore_errors=True)

    # ----- Parts of these -----

    def _contract_shares(self, brought: NamedLiterals, stores: staging.Stores) -> list[Share]:
        (self.job.inputs / "inputs.pb").write_bytes(brought.SerializeToString())
        if self._keeps_checkpoint_elsewhere():
            store = stores.of(self.request.checkpoint_prefix)
            if store.exists(self.request.checkpoint_prefix):
                store.get(self.request.checkpoint_prefix, self.checkpoint)
        found = shares.contract_shares(self.request, self.job, self.prefix, self.checkpoint)
        if self.mounting:
            outside = [path for path in staging.local_paths(brought) if not path.is_relative_to(shares.STAGED)]
            found += shares.further_shares(outside, found)
        return found

    def _keeps_checkpoint_elsewhere(self) -> bool:
        prefix = self.request.checkpoint_prefix
        return bool(prefix) and shares.local_path(prefix) is None

    def _raw_shares(self, brought: NamedLiterals, staged: Path) -> list[Share]:
        raw = self.payload.raw
        seen = staging.host_view(brought, staged)
        found = raw_values.write_inputs(raw, self.spec.interface, seen, self.job.path / "raw-inputs")
        return [*found, Share(shares.writable_folder(self.raw_outputs), raw.outputs_folder, writable=True)]

    def _command(self, inputs: NamedLiterals) -> tuple[list[str], list[str]]:
        container = self.spec.container
        if self.is_raw:
            fill = self.payload.raw, self.spec.interface, inputs
            return raw_values.words_of(list(container.command), *fill), raw_values.words_of(
                list(container.arguments), *fill
            )
        python = self.payload.python or _DEFAULT_PYTHON
        words = container.command or self.request.task.command
        prefix = self.request.output_prefix if self.prefix is not None else f"file://{shares.DATA}"
        options = {
            "--inputs": shares.INPUTS,
            "--outputs": shares.OUTPUTS,
            "--output-prefix": prefix,
            "--checkpoint": shares.CHECKPOINT,
            "--source-root": shares.SOURCE if self.request.task.source_root else "",
            "--attempt": str(self.request.number),
            "--attempt-id": self.request.id,
            "--execution": self.request.execution,
            "--node-path": self.request.node_path,
        }
        given = [f"{name}={value}" for name, value in options.items() if value]
        return [_PROGRAM.sub(r"godwit-\1", word.replace("{python}", python)) for word in words], ["--once", *given]

    def _take_raw(self, stores: staging.Stores) -> None:
        try:
            _check_links(self.raw_outputs)
            outputs = raw_values.read_outputs(
                self.payload.raw, self.spec.interface, self.raw_outputs, stores.publish(self.request.output_prefix)
            )
        except raw_values.ValueFault as error:
            _write(self.job.outputs / "error.pb", user_error(error.code, error.message, again=True))
            return
        values = [NamedLiteral(name=output.name, value=Literal.FromString(output.value)) for output in outputs]
        _write(self.job.outputs / "outputs.pb", NamedLiterals(values=values).SerializeToString())

    def _take_data(self, stores: staging.Stores) -> None:
        """Put what the program wrote into the store, and have its outputs say so."""
        data, path = self.job.path / "data", self.job.outputs / "outputs.pb"
        if self._keeps_checkpoint_elsewhere() and any(self.checkpoint.iterdir()):
            stores.of(self.request.checkpoint_prefix).put_directory(self.checkpoint, self.request.checkpoint_prefix)
        if not path.is_file():
            return
        outputs = NamedLiterals.FromString(path.read_bytes())
        old = f"file://{shares.DATA}"
        for output in outputs.values:
            staging.rewrite(output.value, old, self.request.output_prefix)
        if any(data.iterdir()):
            stores.of(self.request.output_prefix).put_directory(data, self.request.output_prefix)
        _write(path, outputs.SerializeToString())


def _check_links(folder: Path) -> None:
    for path in folder.iterdir():
        if not is_safe(path):
            raise raw_values.ValueFault(
                "OUTPUT_INVALID", f"The output {path.name} is, or holds, a symbolic link; files and folders are taken."
            )


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)
