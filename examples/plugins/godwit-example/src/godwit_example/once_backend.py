"""The backend `once`: each attempt is a process of this host that keeps the file contract.

A folder for each attempt holds its inputs, what came of it, and its log. The folder is found again by the attempt's id,
so the outcome of a process that ended while the engine was down is still told.
"""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendHost,
    Capacity,
    Finished,
    Handle,
    Lost,
    OutputValue,
    Refusal,
    Started,
    TaskReference,
)
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.values_pb2 import NamedLiterals
from godwitidl.rules.digest import literal_digest


class OnceBackend:
    """Starts a process for each attempt, and a thread that waits for its end."""

    def __init__(self) -> None:
        self._host: BackendHost | None = None
        self._runs: dict[str, _Run] = {}
        self._lock = threading.Lock()

    def open(self, host: BackendHost) -> None:
        """Keep the host."""
        self._host = host

    def check(self, task: TaskReference) -> Sequence[str]:
        """Find fault with a task that has no program."""
        return [] if task.command else ["It has no program that a process could run."]

    def capacity(self) -> Capacity:
        """Return how many more processes may run."""
        return Capacity(max(0, self._engine.settings.workers - len(self._runs)))

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Start processes."""
        return [self._start(request) for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Tell what the folders of attempts say; processes themselves end with their engine."""
        for request, _ in known:
            folder = self._folder(request.id)
            self._engine.push([_outcome(request.id, folder, self._log(request.id), None)])

    def cancel(self, ids: Sequence[str]) -> None:
        """End processes: politely, and after the grace for sure."""
        for attempt_id in ids:
            with self._lock:
                run = self._runs.get(attempt_id)
            if run is not None:
                run.cancel(self._engine.settings.grace_s)

    def logs(self, handle: Handle) -> Iterator[bytes]:
        """Yield what the process wrote."""
        path = self._log(handle.id)
        if path.is_file():
            yield path.read_bytes()

    def close(self) -> None:
        """End every process, and wait until all are gone."""
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            run.end_silently()

    @property
    def _engine(self) -> BackendHost:
        if self._host is None:
            raise RuntimeError("the backend is not open")
        return self._host

    def _folder(self, attempt_id: str) -> Path:
        return Path(self._engine.settings.home, "once", _file_name(attempt_id))

    def _log(self, attempt_id: str) -> Path:
        return Path(self._engine.settings.log_folder, f"once-{_file_name(attempt_id)}.log")

    def _start(self, request: AttemptRequest) -> Handle | Refusal:
        with self._lock:
            if request.id not in self._runs:
                folder = self._folder(request.id)
                try:
                    process = _start_process(request, folder, self._log(request.id))
                except OSError as error:
                    message = f"The process could not be started: {error}"
                    return Refusal(request.id, attempt_errors.encoded_error("BACKEND_START_FAILED", message))
                run = _Run(request.id, folder, self._log(request.id), process)
                self._runs[request.id] = run
                run.thread = threading.Thread(target=self._wait, args=(run,), daemon=True)
                run.thread.start()
        return Handle(request.id)

    def _wait(self, run: "_Run") -> None:
        """Wait for the end of a process, and tell of it. On the run's own thread."""
        self._engine.push([Started(run.attempt_id, str(run.process.pid))])
        status = run.process.wait()
        with self._lock:
            del self._runs[run.attempt_id]
        if run.silent:
            return
        if run.cancelled:
            end = Finished(run.attempt_id, error=attempt_errors.cancelled(), log=_log_slice(run.log))
            self._engine.push([end])
        else:
            self._engine.push([_outcome(run.attempt_id, run.folder, run.log, status)])
        self._engine.wake()


class _Run:
    """A process under way."""

    def __init__(self, attempt_id: str, folder: Path, log: Path, process: "subprocess.Popen[bytes]") -> None:
        self.attempt_id = attempt_id
        self.folder = folder
        self.log = log
        self.process = process
        self.thread: threading.Thread | None = None
        self.cancelled = False
        self.silent = False

    def cancel(self, grace_s: float) -> None:
        """Ask the process group to end, and kill it when *grace_s* seconds are over. Returns at once."""
        if not self.cancelled:
            self.cancelled = True
            self._signal(signal.SIGTERM)
            timer = threading.Timer(grace_s, self._signal, [signal.SIGKILL])
            timer.daemon = True
            timer.start()

    def end_silently(self) -> None:
        """Kill the process group, wait until it is gone, and have nothing told of it."""
        self.silent = True
        self._signal(signal.SIGKILL)
        if self.thread is not None:
            self.thread.join()

    def _signal(self, number: int) -> None:
        if self.process.returncode is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return  # it has just ended


def _file_name(attempt_id: str) -> str:
    return hashlib.sha256(attempt_id.encode()).hexdigest()[:32]


def _start_process(request: AttemptRequest, folder: Path, log_path: Path) -> "subprocess.Popen[bytes]":
    inputs = folder / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    (inputs / "task.pb").write_bytes(request.task.spec)
    (inputs / "inputs.pb").write_bytes(request.inputs)
    command = [part.replace("{python}", sys.executable) for part in request.task.command]
    options = {
        "--inputs": str(inputs),
        "--outputs": str(folder / "outputs"),
        "--output-prefix": request.output_prefix,
        "--source-root": request.task.source_root,
        "--attempt": str(request.number),
        "--attempt-id": request.id,
        "--execution": request.execution,
        "--node-path": request.node_path,
    }
    arguments = [f"{name}={value}" for name, value in options.items()]
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        return subprocess.Popen(
            [*command, "--once", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _log_slice(log: Path) -> bytes:
    size = log.stat().st_size if log.is_file() else 0
    return LogSlice(segment=log.name, begin=0, end=size).SerializeToString() if size else b""


def _outcome(attempt_id: str, folder: Path, log: Path, status: int | None) -> Finished | Lost:
    """Return what an attempt's folder says. *status*: how its process ended; None: nobody saw it."""
    outputs, error = folder / "outputs" / "outputs.pb", folder / "outputs" / "error.pb"
    if outputs.is_file():
        named = NamedLiterals.FromString(outputs.read_bytes())
        values = (OutputValue(v.name, v.value.SerializeToString(), literal_digest(v.value)) for v in named.values)
        return Finished(attempt_id, outputs=tuple(values), log=_log_slice(log))
    if error.is_file():
        return Finished(attempt_id, error=error.read_bytes(), log=_log_slice(log))
    if status is None:
        message = "The process ended with its engine and left no outcome."
        return Lost(attempt_id, attempt_errors.lost(message), _log_slice(log))
    number = -status if status < 0 else None
    message = f"The process left no outcome; it ended with status {status}."
    lost = attempt_errors.lost(message, exit_code=None if number else status, signal=number)
    return Lost(attempt_id, lost, _log_slice(log))
