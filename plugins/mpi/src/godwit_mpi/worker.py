"""The program around each process of a distributed job. Run by its path: standard library.

    python -I -S worker.py FOLDER

The tool (mpirun, horovodrun, torchrun) starts it in place of the task's runner, and it starts that. So a process's log
is kept apart and put together with those of others, its end is seen and written down whatever ended it, and what the
tool does not end is ended: a process that has failed but waits for its peers, one that hangs, one whose launcher is
gone. *FOLDER* is the job's; besides the plan (see `plan`) it holds:

| file | written by | what it says |
|---|---|---|
| `ranks/<name>.json` | the worker | where the process runs, on which GPUs, when its function returned, how it ended |
| `ranks/<name>.returned` | the runtime, around the function | the process's rank when the function returned |
| `logs/<name>.log` | the worker | what it wrote |
| `stop` | the launcher | the job is to end |
| `hung.json` | the launcher | the names of processes that hang |
| `lost.json` | the launcher | processes by name that had peers which are lost, and may wait for them for long |
| `alive` | the launcher, every two seconds where other hosts take part | it lives |
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

LINGER_S = 2.0
"""How long a process may go on that has left its error: some wait for their peers at the exit."""
_LOOK_S = 0.25
_LAUNCHER_GONE_S = 15.0
_PDEATHSIG = 1
_RANKS = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "HOROVOD_RANK", "RANK")
_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "HOROVOD_SIZE", "WORLD_SIZE")
_LOCAL_RANKS = ("OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "HOROVOD_LOCAL_RANK", "LOCAL_RANK")
_LOCAL_SIZES = ("OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "HOROVOD_LOCAL_SIZE", "LOCAL_WORLD_SIZE")


def main(folder: Path) -> int:
    """Run one process of the job of *folder*, and return the exit status that the tool is to see."""
    try:
        plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    except OSError as error:
        _complain(f"The folder of the job cannot be read on {socket.gethostname()}: {error}.")
        return 1
    return _Worker(folder, plan).run()


class _Worker:
    """One process of a distributed job."""

    def __init__(self, folder: Path, plan: dict[str, Any]) -> None:
        self.folder = folder
        self.plan = plan
        self.host = os.environ.get("HOROVOD_HOSTNAME") or socket.gethostname()
        if self.host in {"localhost", "127.0.0.1"}:
            self.host = socket.gethostname()
        self.rank = _number(_RANKS, 0)
        self.local_rank = _number(_LOCAL_RANKS, 0) + _number(("GODWIT_LOCAL_OFFSET",), 0)
        self.name = f"{self.host}-{self.local_rank}-{os.getpid()}" if plan["elastic"] else str(self.rank)
        self.outputs = folder / "ranks" / self.name if plan["elastic"] else Path(plan["outputs"])
        self.error = self.outputs / ("error.pb" if plan["elastic"] else f"error-{self.name}.pb")
        self.note = folder / "ranks" / f"{self.name}.returned"
        self.told = False
        self.left = False
        self._alive, self._alive_seen = 0.0, time.monotonic()
        self.record: dict[str, Any] = {
            "rank": self.rank,
            "size": _number(_SIZES, 1),
            "local_rank": self.local_rank,
            "local_size": _number(_LOCAL_SIZES, 1),
            "host": self.host,
            "process": os.getpid(),
            "generation": _number(("TORCHELASTIC_RESTART_COUNT",), 0),
            "gpus": "",
            "began_ns": time.time_ns(),
        }

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)
        self.error.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)
        self.outputs.mkdir(exist_ok=True)
        environment = self._environment()
        if self.record.get("failure"):
            self._write()
            _complain(self.record["failure"]["message"])
            return 1
        self._write()
        with _Log(self.folder / "logs" / f"{self.name}.log", self.plan["log"], f"[{self.name}] ") as log:
            log.say(f"begins on {self.host}, process {os.getpid()}" + self._gpus())
            try:
                child = subprocess.Popen(
                    self._command(),
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    close_fds=False,  # MPI's processes talk to their launcher by descriptors that they inherit
                    preexec_fn=_follow_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
                )
            except OSError as error:
                self.record["failure"] = {
                    "code": "JOB_NOT_STARTED",
                    "message": f"The runner cannot be started: {error}",
                }
                self._write()
                return 1
            self._watch(child, log)
            return self._finish(child, log)

    def _command(self) -> list[str]:
        command: list[str] = list(self.plan["runner"])
        if self.plan["elastic"]:
            # Which of them has rank 0 in the end, and so gives the result, nobody knows yet.
            command = [f"--outputs={self.outputs}" if part.startswith("--outputs=") else part for part in command]
            command = [f"{part}/{self.name}" if part.startswith("--output-prefix=") else part for part in command]
        return command

    def _environment(self) -> dict[str, str]:
        environment = dict(os.environ)
        environment["PYTHONUNBUFFERED"] = "1"
        environment.setdefault("PYTHONFAULTHANDLER", "1")
        environment["GODWIT_WORKER_LOCAL_RANK"] = str(self.local_rank)
        environment["GODWIT_WORKER_HOST"] = self.host
        environment["GODWIT_WORKER_NOTE"] = str(self.note)
        if not self.plan["elastic"]:
            environment["GODWIT_WORKER_RANK"] = str(self.rank)
        wanted = self.plan["gpus_per_slot"]
        if wanted:
            visible = visible_gpus()
            mine = visible[self.local_rank * wanted : (self.local_rank + 1) * wanted]
            if len(mine) < wanted:
                needed = f"{wanted} for each of {self.record['local_size']} processes"
                message = f"Host {self.host} shows {len(visible)} GPUs, and {needed} were asked for."
                self.record["failure"] = {"code": "GPUS_TOO_FEW", "message": message}
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(mine)
        self.record["gpus"] = environment.get("CUDA_VISIBLE_DEVICES", "")
        return environment

    def _gpus(self) -> str:
        return f", GPUs {self.record['gpus']}" if self.record["gpus"] else ""

    def _watch(self, child: "subprocess.Popen[bytes]", log: "_Log") -> None:
        """Copy what the process writes until it has ended; bring that about when it is time."""
        assert child.stdout is not None
        pipe, reading = child.stdout.fileno(), True
        os.set_blocking(pipe, False)
        looked = time.monotonic()
        limits = _Limits(child, self.plan["grace_s"])
        while child.poll() is None:
            if reading:
                select.select([pipe], [], [], _LOOK_S)
                reading = log.copy(pipe)
            else:
                time.sleep(0.02)
            now = time.monotonic()
            if now - looked >= _LOOK_S:
                looked = now
                self._look(limits, now)
            if self.told:
                limits.end()
            limits.enforce(now)
        log.copy(pipe)

    def _look(self, limits: "_Limits", now: float) -> None:
        """See whether it is time to end the process."""
        if self.error.exists():
            limits.end(after_s=LINGER_S)
        if "returned_ns" not in self.record and self.note.exists():
            self.record["returned_ns"] = time.time_ns()
            self._write()
        if _read(self.folder / "lost.json").get(self.name) == os.getpid():
            self.left = True
            limits.end()
        if self.name in _read(self.folder / "hung.json").get("names", ()):
            self.record["hung"] = True
            limits.abort()
        if (self.folder / "stop").exists() or (self.plan["remote"] and self._is_left(now)):
            self.told = True

    def _is_left(self, now: float) -> bool:
        """Return whether the launcher, which is maybe on another host, has shown no life for a while."""
        alive = _modified(self.folder / "alive")
        if alive != self._alive:
            self._alive, self._alive_seen = alive, now
        return now - self._alive_seen > _LAUNCHER_GONE_S

    def _finish(self, child: "subprocess.Popen[bytes]", log: "_Log") -> int:
        """Write down how the process ended; return what the tool is to see."""
        status = child.returncode
        left_error = self.error.exists()
        self.record["ended_ns"] = time.time_ns()
        self.record["told"] = self.told or self.left or status == 143
        self.record["error"] = left_error
        if status >= 0:
            self.record["exit_code"] = status
        elif not left_error or self.record.get("hung"):
            self.record["signal"] = -status
        else:
            self.record["exit_code"] = 1
        if self.plan["elastic"]:
            self._promote(status)
        self._write()
        log.say(f"ended with {_how(status)}")
        if left_error or self.record.get("hung"):
            return 1
        return status if status >= 0 else 128 - status

    def _promote(self, status: int) -> None:
        """Put this process's error where the platform looks, and its outputs if it had rank 0 in the end."""
        common = Path(self.plan["outputs"])
        if self.error.exists():
            shutil.copyfile(self.error, common / f".{self.name}")
            (common / f".{self.name}").replace(common / f"error-{self.name}.pb")
        rank = self.note.read_text().strip() if self.note.exists() else ""
        if rank:
            self.record["rank"] = int(rank)
        if status == 0 and rank == "0":
            for name in ("report.html", "links.pb", "outputs.pb"):
                if (self.outputs / name).exists():
                    (self.outputs / name).replace(common / name)

    def _write(self) -> None:
        path = self.folder / "ranks" / f"{self.name}.json"
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(json.dumps(self.record), encoding="utf-8")
        partial.replace(path)

    def _end(self, *_: object) -> None:
        self.told = True


class _Limits:
    """When a process is ended: politely, and after the grace for sure."""

    def __init__(self, child: "subprocess.Popen[bytes]", grace_s: float) -> None:
        self._child = child
        self._grace_s = grace_s
        self._polite_at: float | None = None
        self._hard_at: float | None = None

    def end(self, after_s: float = 0.0) -> None:
        """End it in a while, if that was not asked for before."""
        if self._polite_at is None:
            self._polite_at = time.monotonic() + after_s

    def abort(self) -> None:
        """Have it say where it stands, and end it."""
        if self._hard_at is not None:
            return
        if hasattr(resource, "prlimit"):
            # It is to write its stack, not a core.
            with contextlib.suppress(OSError, ValueError):
                hard = resource.prlimit(self._child.pid, resource.RLIMIT_CORE)[1]
                resource.prlimit(self._child.pid, resource.RLIMIT_CORE, (0, hard))
        self._child.send_signal(signal.SIGABRT)
        self._hard_at = time.monotonic() + 2

    def enforce(self, now: float) -> None:
        """Do what is due at *now*."""
        if self._polite_at is not None and self._hard_at is None and now >= self._polite_at:
            self._child.terminate()
            self._hard_at = now + self._grace_s
        if self._hard_at is not None and now >= self._hard_at:
            self._child.kill()


class _Log:
    """What a process writes: as it is into a file of its own, with a prefix before each line to where all meet."""

    def __init__(self, own: Path, common: str, prefix: str) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._own = os.open(own, flags, 0o666)
        self._common = os.open(common, flags, 0o666) if common else os.dup(1)
        self._prefix = prefix.encode()
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._rest:
            self._pass_on(self._rest + b"\n")
        os.close(self._own)
        os.close(self._common)

    def say(self, text: str) -> None:
        """Write a line of ours."""
        os.write(self._common, self._prefix + text.encode() + b"\n")

    def copy(self, pipe: int) -> bool:
        """Copy what can be read now; return whether there may be more."""
        while True:
            try:
                chunk = os.read(pipe, 65_536)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            os.write(self._own, chunk)
            lines, newline, self._rest = (self._rest + chunk).rpartition(b"\n")
            if newline:
                self._pass_on(lines + newline)
            elif len(self._rest) > 65_536:
                self._pass_on(self._rest + b"\n")
                self._rest = b""

    def _pass_on(self, text: bytes) -> None:
        out = b"".join(self._prefix + line for line in text.splitlines(keepends=True))
        while out:
            out = out[os.write(self._common, out) :]


def visible_gpus() -> list[str]:
    """Return the GPUs that this host shows, as `CUDA_VISIBLE_DEVICES` names them."""
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        return [name.strip() for name in told.split(",") if name.strip() and name.strip() != "-1"]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    listed = subprocess.run([program, "-L"], capture_output=True, text=True, check=False).stdout
    count = sum(line.startswith("GPU ") for line in listed.splitlines())
    return [str(number) for number in range(count)]


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _number(names: tuple[str, ...], default: int) -> int:
    for name in names:
        if os.environ.get(name, "").isdecimal():
            return int(os.environ[name])
    return default


def _how(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    try:
        return f"signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"signal {-status}"


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _follow_parent() -> None:
    """Have this process killed when its parent dies."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
