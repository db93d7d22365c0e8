"""How much memory process groups take, and how much of it, and of the processors, this host has."""

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_KIB = 1024
_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)
"""Where a container finds how much memory it may use: control groups of version 2, then of version 1."""


def group_memory(groups: Collection[int]) -> dict[int, int]:
    """Return the resident memory in bytes of all processes of each of *groups*; one that is gone has none.

    Pages that several processes of a group share count once for each: see `exact_group_memory`.
    """
    found = dict.fromkeys(groups, 0)
    for _, group, size in _resident() if _PROCESSES.joinpath("self").exists() else _resident_by_ps():
        if group in found:
            found[group] += size
    return found


def exact_group_memory(group: int) -> int:
    """Return the memory in bytes of a group in which each process has its share of what several have in common.

    Takes some 15 ms for each gibibyte; where the system does not say, shared pages count once for each process.
    """
    if not _PROCESSES.joinpath("self", "smaps_rollup").exists():
        return group_memory([group])[group]
    return sum(_share(process, size) for process, its_group, size in _resident() if its_group == group)


def resident_memory(process: int) -> int:
    """Return the resident memory of one process in bytes; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    except OSError:
        return 0


def host_memory() -> int:
    """Return the main memory in bytes that this process may use: the host's, or its container's limit."""
    total = os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES
    for limit in _LIMITS:
        with suppress(OSError, ValueError):
            total = min(total, int(Path(limit).read_text(encoding="ascii")))
    return total


def _resident() -> Iterable[tuple[int, int, int]]:
    """Yield process, its group, and its resident memory in bytes, of every process."""
    for entry in os.listdir(_PROCESSES):  # noqa: PTH208 - called many times a second
        if not entry.isdecimal():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123 - likewise
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        yield int(entry), int(fields[2]), int(fields[21]) * _PAGE_BYTES


def _resident_by_ps() -> Iterable[tuple[int, int, int]]:
    """Yield the same where there is no /proc. By hand: importing `subprocess` costs every start of an engine 5 ms."""
    reader, writer = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, writer, 1)]
    process = os.posix_spawnp("ps", ["ps", "-axo", "pid=,pgid=,rss="], os.environ, file_actions=actions)
    os.close(writer)
    with open(reader, encoding="ascii") as listed:  # noqa: PTH123 - a descriptor has no path
        lines = listed.readlines()
    os.waitpid(process, 0)
    for line in lines:
        number, group, size = map(int, line.split())
        yield number, group, size * _KIB


def _share(process: int, resident: int) -> int:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * _KIB
    except OSError:
        return resident
    return resident
