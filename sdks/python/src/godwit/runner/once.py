"""The file contract: one attempt, inputs from a folder, outputs or the error into another.

The folder of inputs holds `task.pb`, an encoded `TaskSpec`, and `inputs.pb`, an encoded `NamedLiterals`. Into the
folder of outputs comes `outputs.pb`, an encoded `NamedLiterals`, or `error.pb`, an encoded `ExecutionError`, as a whole
or not at all. Of several workers each has a rank: those other than 0 write no outputs, and the error of each has a file
of its own, `error-<rank>.pb`.
"""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.event_pb2 import Links
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.runner.v1.runner_pb2 import Attempt, Result
from google.protobuf.message import DecodeError

from godwit.runner.attempts import run_attempt
from godwit.runner.failures import describe_failure
from godwit.runner.loading import TaskLoadError
from godwit.runner.reports import FILE_NAME
from godwit.runner.runtimes import Surroundings, check_link
from godwit.runner.session import Session

_RANKS: Final = ("GODWIT_WORKER_RANK", "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
_TASK: Final = 1


@dataclass(frozen=True, slots=True)
class OnceSettings:
    """Where one attempt finds and leaves everything.

    Attributes:
        inputs: folder of `task.pb` and `inputs.pb`.
        outputs: folder for `outputs.pb` or `error.pb`; made when it is not there.
        output_prefix: uri under which files and large values are kept; empty: the folder `data` below *outputs*.
        checkpoint: folder that the next attempt finds again; None: none.
        source_root: folder under which the source lies; empty: it is installed.
        rank: rank of this worker; None where there is one alone.
        attempt: number of the try, from 1.
        attempt_id: id of the attempt.
        execution: text form of the execution's id.
        node_path: text form of the node's path.
    """

    inputs: Path
    outputs: Path
    output_prefix: str
    checkpoint: Path | None
    source_root: str
    rank: int | None
    attempt: int
    attempt_id: str
    execution: str
    node_path: str

    @staticmethod
    def add_options(parser: argparse.ArgumentParser) -> None:
        """Add the options of the file contract to *parser*."""
        group = parser.add_argument_group("with --once")
        group.add_argument("--inputs", type=Path, metavar="FOLDER", help="folder of task.pb and inputs.pb")
        group.add_argument("--outputs", type=Path, metavar="FOLDER", help="folder for outputs.pb or error.pb")
        group.add_argument("--output-prefix", default="", metavar="URI", help="where files and large values are kept")
        group.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="folder that the next attempt finds again")
        group.add_argument("--source-root", default="", metavar="FOLDER", help="folder under which the source lies")
        group.add_argument("--attempt", type=int, default=1, metavar="N", help="number of the try, from 1")
        group.add_argument("--attempt-id", default="once", metavar="ID", help="id of the attempt")
        group.add_argument("--execution", default="", metavar="ID", help="id of the execution")
        group.add_argument("--node-path", default="", metavar="PATH", help="path of the node")

    @classmethod
    def of(cls, options: argparse.Namespace, environment: Mapping[str, str]) -> Self:
        """Return the settings that the command line and the environment say.

        Raises:
            ValueError: a folder is missing, or the rank is no number.
        """
        if options.inputs is None or options.outputs is None:
            raise ValueError("--once needs --inputs FOLDER and --outputs FOLDER")
        rank = next((environment[name] for name in _RANKS if name in environment), None)
        outputs = options.outputs.absolute()
        return cls(
            inputs=options.inputs.absolute(),
            outputs=outputs,
            output_prefix=options.output_prefix or (outputs / "data").as_uri(),
            checkpoint=options.checkpoint.absolute() if options.checkpoint else None,
            source_root=options.source_root,
            rank=None if rank is None else int(rank),
            attempt=options.attempt,
            attempt_id=options.attempt_id,
            execution=options.execution,
            node_path=options.node_path,
        )


def run_once(session: Session, settings: OnceSettings, *, durable: bool) -> int:
    """Run the attempt and leave its file; return the exit status: 0 for outputs, 1 for an error."""
    settings.outputs.mkdir(parents=True, exist_ok=True)
    result = Result(id=settings.attempt_id)
    try:
        attempt = _read(session, settings)
    except (OSError, DecodeError) as error:
        failure = TaskLoadError(f"The inputs in {settings.inputs} cannot be read: {error}")
        result.error.CopyFrom(describe_failure(failure))
    else:
        run_attempt(session, attempt, result, surroundings=_surroundings(settings))
    session.flush()
    if result.HasField("error"):
        _write_error(settings, result.error, durable=durable)
        return 1
    if settings.rank in {None, 0}:
        _write_outputs(settings, result, durable=durable)
    return 0


def _surroundings(settings: OnceSettings) -> Surroundings:
    """Return where the attempt runs. Of several workers the first alone leaves a report, and tells links."""
    links = Links()

    def link(_attempt: str, name: str, url: str) -> None:
        check_link(name, url)
        known = {item.name: item.url for item in links.links}
        known[name] = url
        del links.links[:]
        for key, value in known.items():
            links.links.add(name=key, url=value)
        _write(settings.outputs / "links.pb", links.SerializeToString(), durable=False)

    if settings.rank in {None, 0}:
        return Surroundings(settings.rank, settings.outputs / FILE_NAME, link)
    return Surroundings(settings.rank)


def _read(session: Session, settings: OnceSettings) -> Attempt:
    spec = TaskSpec.FromString((settings.inputs / "task.pb").read_bytes())
    session.prepare(_TASK, spec, settings.source_root)
    return Attempt(
        id=settings.attempt_id,
        task=_TASK,
        inputs=(settings.inputs / "inputs.pb").read_bytes(),
        output_prefix=settings.output_prefix,
        attempt=settings.attempt,
        execution=settings.execution,
        node_path=settings.node_path,
        checkpoint_prefix=settings.checkpoint.as_uri() if settings.checkpoint else "",
    )


def _write_outputs(settings: OnceSettings, result: Result, *, durable: bool) -> None:
    outputs = NamedLiterals()
    for output in result.outputs:
        named = outputs.values.add()
        named.name = output.name
        named.value.CopyFrom(Literal.FromString(output.value))
    _write(settings.outputs / "outputs.pb", outputs.SerializeToString(), durable=durable)


def _write_error(settings: OnceSettings, error: ExecutionError, *, durable: bool) -> None:
    name = "error.pb"
    if settings.rank is not None:
        name = f"error-{settings.rank}.pb"
        error.worker = str(settings.rank)
    _write(settings.outputs / name, error.SerializeToString(), durable=durable)


def _write(path: Path, content: bytes, *, durable: bool) -> None:
    """Write a file as a whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("wb") as stream:
        stream.write(content)
        if durable:
            stream.flush()
            os.fsync(stream.fileno())
    partial.replace(path)
