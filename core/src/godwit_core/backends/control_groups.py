"""Control groups of Linux, versions 1 and 2: hard limits on the memory of runners, where the host allows them.

They hold between two looks of the watchdog, too: what takes more is killed by the system. A group counts what its
processes take from the moment they are in it.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path("/sys/fs/cgroup")
_PREFIX = "godwit-"


class _Files(NamedTuple):
    """Names of a version's files. *events* has a line `oom_kill N`; *preferences* are written where they are there."""

    limit: str
    unlimited: str
    events: str
    preferences: tuple[tuple[str, str], ...]


_FIRST = _Files("memory.limit_in_bytes", "-1", "memory.oom_control", (("memory.swappiness", "0"),))
_SECOND = _Files("memory.max", "max", "memory.events", (("memory.swap.max", "0"), ("memory.oom.group", "1")))


class MemoryGroup:
    """A group of processes whose memory is limited together."""

    def __init__(self, folder: Path, files: _Files) -> None:
        self._folder = folder
        self._files = files
        self._kills = 0

    def add(self, process: int) -> None:
        """Put a process into the group; what it starts from now on is in it, too.

        Raises:
            OSError: the system refuses it.
        """
        (self._folder / "cgroup.procs").write_text(f"{process}\n")

    def limit(self, size: int) -> None:
        """Limit the memory of the group to *size* bytes; 0: no limit. Kills are counted from now on.

        Raises:
            OSError: the system refuses it: the group may have more already.
        """
        (self._folder / self._files.limit).write_text(f"{size}\n" if size else self._files.unlimited)
        self._kills = self._count_kills()

    def was_killed(self) -> bool:
        """Return whether the system has killed a process of the group since its limit was set."""
        return self._count_kills() > self._kills

    def remove(self) -> None:
        """Remove the group, which has no processes any more."""
        with suppress(OSError):
            self._folder.rmdir()

    def _count_kills(self) -> int:
        with suppress(OSError):
            for line in (self._folder / self._files.events).read_text().splitlines():
                name, _, number = line.partition(" ")
                if name == "oom_kill":
                    return int(number)
        return 0


class ControlGroups:
    """Makes groups below the one that this process is in. *groups* and *membership*: where the system tells of them."""

    def __init__(self, groups: Path = ROOT, membership: Path = Path("/proc/self/cgroup")) -> None:
        self._parent, self._files = _find(groups, membership)
        self._process = os.getpid()
        if self._parent is not None:
            _clean(self._parent)

    def make(self, name: str, process: int) -> MemoryGroup | None:
        """Return a new group that *process* is in; None where the host does not allow it."""
        if self._parent is None:
            return None
        folder = self._parent / f"{_PREFIX}{self._process}-{name}"
        group = MemoryGroup(folder, self._files)
        try:
            folder.mkdir()
            for file, value in self._files.preferences:
                with suppress(OSError):
                    (folder / file).write_text(value)
            group.add(process)
        except OSError:
            group.remove()
            self._parent = None
            return None
        return group


def _find(groups: Path, membership: Path) -> tuple[Path | None, _Files]:
    """Return the folder in which groups may be made, None where there is none, and the files of its version."""
    with suppress(OSError):
        for line in membership.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "memory":
                own = groups / "memory" / path.lstrip("/")
                return _writable(own if own.is_dir() else groups / "memory"), _FIRST
        for line in membership.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers and path != "/":
                # A group with processes has no groups with limits below it: ours stand beside this process's own.
                parent = (groups / path.lstrip("/")).parent
                passed_on = (parent / "cgroup.subtree_control").read_text().split()
                return _writable(parent) if "memory" in passed_on else None, _SECOND
    return None, _SECOND


def _writable(folder: Path) -> Path | None:
    return folder if os.access(folder, os.W_OK) and (folder / "cgroup.procs").exists() else None


def _clean(parent: Path) -> None:
    """Remove what engines that were killed have left."""
    with suppress(OSError):
        for folder in parent.glob(f"{_PREFIX}*-*"):
            process = folder.name.removeprefix(_PREFIX).partition("-")[0]
            if not Path("/proc", process).exists():
                with suppress(OSError):
                    folder.rmdir()
