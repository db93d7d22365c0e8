"""The folder of a job: what it is given, where it writes, how it stands, how it ended."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from godwitidl.core.v1.event_pb2 import LogSlice, Usage

from godwit_plugin_api.backend import AttemptRequest
from godwit_plugin_api.programs import Programs
from godwit_plugin_api.staging import copies, once
from godwit_plugin_api.supervision import supervisor


@dataclass(frozen=True, slots=True)
class Launch:
    """How a job is started.

    Attributes:
        command: program and arguments, no shell between.
        environment: variables added to those of the engine; None as a value takes one away. They are handed over in
            memory and stand in no file, so secrets may be among them.
        working_directory: where it starts; empty: where the engine runs.
        grace_s: seconds between the polite and the hard end of a job that is cancelled; None: those of the engine. More
            are for one that has to end something elsewhere.
    """

    command: Sequence[str]
    environment: Mapping[str, str | None] = field(default_factory=dict)
    working_directory: str = ""
    grace_s: float | None = None


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended.

    Attributes:
        exit_code: of its first process; None when a signal ended it, or it never ran.
        signal: that ended it; None when none did.
        cancelled: whether its end was asked for.
        failure: why it could not be started; empty when it could.
        usage: an encoded `godwitidl.core.v1.Usage`.
    """

    exit_code: int | None = None
    signal: int | None = None
    cancelled: bool = False
    failure: str = ""
    usage: bytes = b""


class JobFolder:
    """The folder of one attempt's job, below a home: `jobs/<32 hexadecimal digits of the attempt id's SHA-256>`.

    Attributes:
        path: the folder.
        inputs: folder of `task.pb` and `inputs.pb`.
        outputs: folder into which the job writes by the file contract.
        log: file that standard output and error go to.
        segment: name of that file in log slices.
    """

    def __init__(self, home: str, attempt_id: str) -> None:
        name = hashlib.sha256(attempt_id.encode()).hexdigest()[:32]
        self.path = Path(home, "jobs", name)
        self.inputs = self.path / "inputs"
        self.outputs = self.path / "outputs"
        self.segment = f"jobs/{name}.log"
        self.log = Path(home, "logs", self.segment)

    def exists(self) -> bool:
        """Return whether the attempt was prepared."""
        return (self.path / "launch.json").is_file()

    def prepare(self, request: AttemptRequest) -> None:
        """Make the folder with the files of the file contract.

        Raises:
            OSError: it cannot be made.
        """
        self.inputs.mkdir(parents=True, exist_ok=True)
        self.outputs.mkdir(exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        (self.inputs / "task.pb").write_bytes(request.task.spec)
        (self.inputs / "inputs.pb").write_bytes(request.inputs)

    def start(self, request: AttemptRequest, launch: Launch, grace_s: float) -> "subprocess.Popen[bytes]":
        """Start the supervisor, which starts the job.

        Raises:
            OSError: it cannot be started.
        """
        told = {
            "attempt": request.id,
            "command": list(launch.command),
            "working_directory": launch.working_directory,
            "log": str(self.log),
            "grace_s": grace_s if launch.grace_s is None else launch.grace_s,
        }
        supervisor.write(self.path / "launch.json", told)
        environment: dict[str, str] = dict(os.environ)
        for name, value in launch.environment.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        with (self.path / "supervisor.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", supervisor.__file__, str(self.path)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        supervisor.write(self.path / "starting.json", supervisor.identity(process.pid))
        return process

    def supervisor_process(self) -> int | None:
        """Return the id of the supervisor's process; None when none lives.

        An attempt that has none, and that none has begun, is closed by this call: nobody will start it any more. So
        what was between the supervisor's start and the note of it when its engine died is lost for certain.
        """
        for name in ("begun.json", "starting.json"):
            told = self._read(name)
            if supervisor.is_alive(told):
                return int(told["process"])
        lock = supervisor.acquire(self.path)
        if lock is not None:
            with lock:
                if not (self.path / "begun.json").exists():
                    supervisor.write(self.path / "begun.json", supervisor.identity(0))
            return None
        told = self._read("begun.json")
        return int(told["process"]) if supervisor.is_alive(told) else None

    def job_process(self) -> int | None:
        """Return the id of the job's first process; None before it was started."""
        process = self._read("job.json").get("process")
        return process if isinstance(process, int) else None

    def end(self) -> JobEnd | None:
        """Return how the job ended; None while nobody has written it down."""
        told = self._read("exit.json")
        if not told:
            return None
        if "failure" in told:
            return JobEnd(failure=told["failure"])
        usage = Usage(
            cpu_micros=told["cpu_us"], wall_micros=told["wall_us"], peak_memory_bytes=told["peak_memory_bytes"]
        )
        return JobEnd(told["exit_code"], told["signal"], told["cancelled"], usage=usage.SerializeToString())

    def end_remains(self) -> None:
        """Kill what a job left behind whose supervisor is gone."""
        told = self._read("job.json")
        supervisor.end_all(self.path, told["process"] if told and supervisor.is_alive(told) else None)

    def log_slice(self) -> bytes:
        """Return an encoded `LogSlice` of all that was written so far; empty when that is nothing."""
        size = self.log.stat().st_size if self.log.is_file() else 0
        return LogSlice(segment=self.segment, begin=0, end=size).SerializeToString() if size else b""

    def open_log(self) -> bytes:
        """Return an encoded `LogSlice` of what is being written: it has no end yet."""
        return LogSlice(segment=self.segment).SerializeToString()

    def last_words(self, limit: int = 2000) -> str:
        """Return the end of the log, whole lines, at most *limit* bytes."""
        if not self.log.is_file():
            return ""
        with self.log.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - limit))
            text = stream.read().decode(errors="replace")
        return (text.partition("\n")[2] if size > limit else text).strip()

    def _read(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads((self.path / name).read_text())
        except OSError:
            return {}
        return content if isinstance(content, dict) else {}


def once_command(request: AttemptRequest, job: JobFolder, checkpoint: Path | None = None) -> list[str]:
    """Return the command of the task's own runner, with the arguments of the file contract.

    *checkpoint*: folder that the next attempt finds again; None: none is kept. Around a program that reads and writes
    local files alone, where data is elsewhere, there is one that copies it; then its checkpoint is that of the request.

    Raises:
        GodwitError: a program that the command names is not to be had on this host.
    """
    command = Programs().fill(request.task.command)
    options = {
        "--inputs": str(job.inputs),
        "--outputs": str(job.outputs),
        "--output-prefix": request.output_prefix,
        "--source-root": request.task.source_root,
        "--attempt": str(request.number),
        "--attempt-id": request.id,
        "--execution": request.execution,
        "--node-path": request.node_path,
    }
    if checkpoint is not None:
        options["--checkpoint"] = str(checkpoint)
    given = [*command, "--once", *(f"{name}={value}" for name, value in options.items())]
    if request.task.local_files_only and copies.are_needed(request.inputs, request.output_prefix):
        return [sys.executable, "-P", "-m", once.__name__, "" if checkpoint else request.checkpoint_prefix, *given]
    return given


def signal_name(number: int) -> str:
    """Return the name of a signal: `SIGKILL`."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
