"""The program that has a task run as a job of a cluster, through Ray's Jobs API: `python -m godwit_ray.submission`.

Run by the job's supervisor on the engine's machine. It submits the task under an id made of the attempt's, so that it
is submitted once; writes the job's log to its own; stops the job when it is told to end, and waits until it has
stopped; and brings what came of it into the folder of outputs. What the cluster must be told lies in a package that it
unpacks in the job's working directory; what comes back lies where the attempt's values are kept.
"""

import contextlib
import hashlib
import importlib
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final
from urllib.parse import urlsplit

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.errors import DataError, GodwitError
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.persistence import Persistence
from godwitidl.core.v1.errors_pb2 import RETRY_FORBIDDEN
from godwitidl.core.v1.event_pb2 import Links

from godwit_ray.clusters import ClusterError, explained
from godwit_ray.job_program import FOLDERS, OUTCOME
from godwit_ray.jobs import PATIENCE_S, payload_of
from godwit_ray.sources import packed, unpack_into

_POLL_S: Final = 0.5
_ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "STOPPED"})
_CANCELLED_STATUS: Final = 143
_NODE: Final = "godwit_node"
"""Key, in the metadata of a job, of what all attempts of one node have in common."""


class _ToldToEnd(BaseException):
    """SIGTERM came."""


def main(arguments: Sequence[str]) -> int:
    """Run the task of the job in a folder; *arguments*: the folder, and the runner's command."""
    folder, command = Path(arguments[0]), list(arguments[1:])
    signal.signal(signal.SIGTERM, _end)
    try:
        return _Submission(folder, command).run()
    except GodwitError as error:
        text = f"{error.message} {error.hint}".strip()
        encoded = _encoded(error.code, text)
        (folder / "outputs" / "error.pb").write_bytes(encoded)
        return 1


def _encoded(code: str, text: str) -> bytes:
    """Return the error of the attempt: a cluster that is away may be back, and a job that failed is its author's."""
    if code == ClusterError.code:
        return attempt_errors.encoded_error(code, text)
    if code == "RAY_JOB_FAILED":
        return attempt_errors.failed(code, text)
    return attempt_errors.encoded_error(code, text, retry=RETRY_FORBIDDEN)


class _Submission:
    """One job. *folder* is that of its supervisor; *command*: see `main`."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._folder = folder
        options = dict(part[2:].split("=", 1) for part in command if part.startswith("--") and "=" in part)
        self._attempt = options["attempt-id"]
        self._prefix = options["output-prefix"].rstrip("/")
        self._source_root = options["source-root"]
        self._command = command
        told = payload_of((folder / "inputs" / "task.pb").read_bytes())
        assert told is not None, "only tasks with a RayJob are submitted"
        self._told = told
        self._number = int(options["attempt"])
        # Executions of several homes may have one name, and share a cluster.
        place = (str(folder.parent), self._prefix.rpartition("/")[0])
        self._id = f"godwit-{_digest(*place, self._attempt)}"
        self._node = _digest(*place, options["execution"], options["node-path"])

    def run(self) -> int:
        """Submit, follow, fetch; return the exit status of the file contract.

        Raises:
            GodwitError: the cluster cannot be had, or what came of the job.
        """
        client = self._client()
        try:
            if self._number > 1:
                self._stop_earlier(client)
            self._submit(client)
            self._leave_links()
            status, message = self._follow(client)
        except _ToldToEnd:
            self._stop(client)
            return _CANCELLED_STATUS
        return self._fetch(status, message)

    def _client(self) -> Any:
        address = self._told.address.rstrip("/")
        try:
            return importlib.import_module("ray.job_submission").JobSubmissionClient(address)
        except Exception as error:
            raise _explained(error, address) from error

    def _submit(self, client: Any) -> None:
        with tempfile.TemporaryDirectory(prefix="godwit-ray-") as package:
            self._pack(Path(package))
            runtime_env = {**json.loads(self._told.runtime_env or "{}"), "working_dir": package}
            try:
                client.submit_job(
                    entrypoint=f"python -P -m godwit_ray.job_program {shlex.quote(self._prefix)}",
                    submission_id=self._id,
                    runtime_env=runtime_env,
                    metadata={"godwit_attempt": self._attempt, _NODE: self._node},
                )
            except Exception as error:
                if "already exists" not in str(error):
                    raise _explained(error, self._told.address) from error

    def _pack(self, package: Path) -> None:
        """Put into *package* what the job is told."""
        shutil.copytree(self._folder / "inputs", package / FOLDERS.inputs)
        if self._source_root:
            unpack_into(packed(self._source_root), package)
        ours = ("--inputs=", "--outputs=", "--source-root=")
        kept = [part for part in self._command[1:] if not part.startswith(ours)]
        (package / FOLDERS.command).write_text(json.dumps(kept), encoding="utf-8")

    def _leave_links(self) -> None:
        links = Links()
        links.links.add(name="Ray job", url=f"{self._told.address.rstrip('/')}/#/jobs/{self._id}")
        (self._folder / "outputs" / "links.pb").write_bytes(links.SerializeToString())

    def _follow(self, client: Any) -> tuple[str, str]:
        """Wait for the end of the job, writing its log; return its status and what Ray says of it."""
        written = 0
        answered_s = time.monotonic()
        while True:
            try:
                info = client.get_job_info(self._id)
                log = client.get_job_logs(self._id)
            except Exception as error:
                if time.monotonic() - answered_s > PATIENCE_S:
                    raise _explained(error, self._told.address) from error
            else:
                answered_s = time.monotonic()
                if len(log) > written:
                    sys.stdout.write(log[written:])
                    sys.stdout.flush()
                    written = len(log)
                if info.status in _ENDED:
                    return str(info.status), info.message or ""
            time.sleep(_POLL_S)

    def _stop_earlier(self, client: Any) -> None:
        """End the jobs of attempts before this one: one that was lost here may go on there."""
        try:
            jobs = client.list_jobs()
        except Exception as error:
            raise _explained(error, self._told.address) from error
        for job in jobs:
            if (job.metadata or {}).get(_NODE) == self._node and job.submission_id != self._id:
                _stop(client, job.submission_id)

    def _stop(self, client: Any) -> None:
        """Have the job ended, and wait until it is."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _stop(client, self._id)

    def _fetch(self, status: str, message: str) -> int:
        """Bring what the job left into the folder of outputs; return the exit status."""
        outputs = self._folder / "outputs"
        uri = f"{self._prefix}/{OUTCOME}"
        persistence = _persistence(uri)
        with tempfile.TemporaryDirectory(prefix="godwit-ray-") as scratch:
            try:
                files = list(_files_at(persistence, uri, Path(scratch)))
            except DataError:
                files = []
            for name, path in files:
                shutil.copyfile(path, outputs / name)
        if (outputs / "outputs.pb").exists():
            return 0
        if (outputs / "error.pb").exists():
            return 1
        raise _left_nothing(status, message, uri)


def _stop(client: Any, identifier: str) -> None:
    """Have a job ended, and wait until it is; nothing where it has ended already."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        with contextlib.suppress(Exception):
            if client.get_job_status(identifier) in _ENDED:
                return
            client.stop_job(identifier)
        time.sleep(_POLL_S)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _files_at(persistence: Persistence, uri: str, scratch: Path) -> Iterator[tuple[str, Path]]:
    for name, _ in persistence.list(uri):
        yield name, persistence.get(f"{uri}/{name}", scratch / name)


def _persistence(uri: str) -> Persistence:
    made: Persistence = load_plugins().create(Kind.PERSISTENCE, urlsplit(uri).scheme)
    return made


def _left_nothing(status: str, message: str, uri: str) -> ClusterError:
    if status == "SUCCEEDED":
        return ClusterError(
            f"The job ended well on the Ray cluster, and what it left at {uri} is not to be seen from here.",
            hint="Keep values where both see them: godwit run --storage s3://…",
            code="RAY_STORAGE_NOT_SHARED",
        )
    text = " ".join(message.split())[:2_000]
    if "No module named" in text:
        return ClusterError(
            f"The job could not run on the Ray cluster: {text}",
            hint="Install godwit-ray and the task's own packages there, or name them in runtime_env.",
            code="RAY_JOB_FAILED",
        )
    return ClusterError(f"Ray ended the job as {status}: {text}", hint="See its log.", code="RAY_JOB_FAILED")


def _explained(error: BaseException, address: str) -> ClusterError:
    return explained(error, address)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _ToldToEnd


if __name__ == "__main__":
    os.environ.pop("RAY_ADDRESS", None)
    sys.exit(main(sys.argv[1:]))
