"""How much of processors and memory there is on this host for attempts."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from godwitidl.core.v1.task_pb2 import Resources

from godwit_core.backends.memory import host_memory


class HostSize(NamedTuple):
    """What attempts may declare together: thousandths of a core, and bytes of main memory."""

    cpu_millis: int
    memory_bytes: int

    def shortages(self, resources: Resources) -> list[str]:
        """Return a sentence for each of *resources* of which one attempt declares more than there is."""
        found: list[str] = []
        if resources.cpu_millis > self.cpu_millis:
            asked, there = resources.cpu_millis / 1000, self.cpu_millis / 1000
            found.append(f"It declares {asked:g} cores, this host has {there:g}: declare less, or run it elsewhere.")
        if resources.memory_bytes > self.memory_bytes:
            asked, there = resources.memory_bytes / 2**30, self.memory_bytes / 2**30
            found.append(
                f"It declares {asked:.2f} GiB of memory, this host has {there:.2f} GiB: declare less, or run it"
                " elsewhere."
            )
        return found


def host_size(options: Mapping[str, str]) -> HostSize:
    """Return the size of this host, or what *options* say instead: `cpu_millis`, `memory_bytes`."""
    return HostSize(
        int(options.get("cpu_millis", 0)) or processors() * 1000,
        int(options.get("memory_bytes", 0)) or host_memory(),
    )


def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
