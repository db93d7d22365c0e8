"""The process that starts a job, waits for its end, and writes down how it ended. Run by its path: standard library.

    python -I -S supervisor.py FOLDER

It lives in a session of its own, so it goes on when the engine that started it is gone. *FOLDER* holds:

| file | written by | what it says |
|---|---|---|
| `launch.json` | the engine | command, working directory, log, seconds of grace |
| `lock` | the supervisor | locked as long as it lives |
| `begun.json` | the supervisor, before it starts the job | its process; nobody starts the job a second time |
| `job.json` | the supervisor | the job's process |
| `exit.json` | the supervisor, at the end | how the job ended, what it used |

SIGTERM ends the job: politely, and after the grace for sure. Nothing that the job started is left: its process group is
killed, and, where there is `/proc`, every process that carries the job's mark in its environment.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARK = "GODWIT_JOB_FOLDER"
"""Environment variable by which what a job started is found."""
_PDEATHSIG = 1


def main(folder: Path) -> int:
    """Supervise the job of *folder*; return 0, or 3 where another supervisor does."""
    lock = acquire(folder)
    if lock is None:
        return 3
    with lock:
        if (folder / "begun.json").exists():
            return 0
        signals = _Signals()
        write(folder / "begun.json", identity(os.getpid()))
        launch = json.loads((folder / "launch.json").read_text())
        began = time.monotonic()
        try:
            child = _start(folder, launch)
        except OSError as error:
            write(folder / "exit.json", {"failure": f"{launch['command'][0]}: {error.strerror or error}"})
            return 0
        write(folder / "job.json", identity(child.pid))
        _wait(child, signals, launch["grace_s"], folder)
        end_all(folder, child.pid)
        status = child.returncode
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        outcome = {
            "exit_code": status if status >= 0 else None,
            "signal": -status if status < 0 else None,
            "cancelled": signals.ended,
            "wall_us": round((time.monotonic() - began) * 1e6),
            "cpu_us": round((used.ru_utime + used.ru_stime) * 1e6),
            "peak_memory_bytes": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        }
        write(folder / "exit.json", outcome)
        return 0


def acquire(folder: Path) -> Any:
    """Return the locked file of *folder*, None where another process holds it."""
    lock = (folder / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a file as a whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(content))
    partial.replace(path)


def identity(process: int) -> dict[str, Any]:
    """Return what tells a process from any other of this host, before and after."""
    return {"process": process, "start": started(process), "boot": _boot()}


def is_alive(told: dict[str, Any]) -> bool:
    """Return whether the process that `identity` told of is still there. One that was gone then is gone."""
    if not told or told["boot"] != _boot() or told["start"] is None:
        return False
    return bool(told["start"] == started(told["process"]))


def started(process: int) -> int | None:
    """Return when a process was started, in ticks; None when it is gone; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            return 0
        return 0
    return None if fields[0] == "Z" else int(fields[19])


def end_all(folder: Path, group: int | None) -> None:
    """Kill what is left of a job: its process group, and what carries its mark."""
    if group is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for process in marked(folder):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def marked(folder: Path) -> Iterator[int]:
    """Yield the processes that carry the mark of the job of *folder*."""
    wanted = f"{MARK}={folder}".encode()
    for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            carries = wanted in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if carries:
            yield int(entry.name)


class _Signals:
    """What this process was told: children have ended, or it is to end the job."""

    def __init__(self) -> None:
        self.ended = False
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for ignored in (signal.SIGINT, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)

    def wait(self, timeout_s: float | None) -> None:
        """Wait for a signal, at most *timeout_s* seconds."""
        select.select([self._reader], [], [], timeout_s)
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 4096)

    def _end(self, *_: object) -> None:
        self.ended = True


def _start(folder: Path, launch: dict[str, Any]) -> "subprocess.Popen[bytes]":
    with Path(launch["log"]).open("ab") as log:
        return subprocess.Popen(
            launch["command"],
            cwd=launch["working_directory"] or None,
            env={**os.environ, MARK: str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_follow_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - this process has no threads
        )


def _follow_parent() -> None:
    """Have this process killed when its parent dies, and take the signals that its parent ignores."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _wait(child: "subprocess.Popen[bytes]", signals: _Signals, grace_s: float, folder: Path) -> None:
    """Wait for the end of the job; bring it about when that is asked for."""
    deadline: float | None = None
    while child.poll() is None:
        if signals.ended and deadline is None:
            deadline = time.monotonic() + grace_s
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            end_all(folder, child.pid)
            left = 0.05
        signals.wait(left)


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
