"""What attempts leave behind in a process that is about to end: the processes that they started."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def descendants(process: int) -> list[int]:
    """Return the processes below *process*, parents first; none where the system does not say."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir() if Path("/proc/self/stat").exists() else ():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = []
    waiting = [process]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def is_there(process: int) -> bool:
    """Return whether a process lives; one that waits to be waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(processes: Iterable[int]) -> None:
    """Kill processes, as far as they are there."""
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def end_descendants() -> None:
    """Kill what this process has started, and what that has."""
    kill(descendants(os.getpid()))
