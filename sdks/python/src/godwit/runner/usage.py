"""What an attempt used: time on the wall, processor time, highest resident memory."""

import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from godwitidl.core.v1.event_pb2 import Usage

_STATUS: Final = Path("/proc/self/status")
_CLEAR: Final = Path("/proc/self/clear_refs")
_RESET_PEAK: Final = "5"
# Reading and resetting the peak costs more than a short attempt: it is left unknown there.
_MEASURED_NANOS: Final = 5_000_000
_KIB: Final = 1024


class Meter:
    """Measures one attempt after the other."""

    __slots__ = ("_children", "_cpu", "_wall")

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin anew."""
        self._wall = time.perf_counter_ns()
        self._cpu = time.process_time_ns()
        self._children = _children_seconds()

    def read(self, usage: Usage) -> None:
        """Write into *usage* what was used since `start`."""
        wall = time.perf_counter_ns() - self._wall
        usage.wall_micros = wall // 1000
        children = round((_children_seconds() - self._children) * 1e6)
        usage.cpu_micros = (time.process_time_ns() - self._cpu) // 1000 + children
        if wall >= _MEASURED_NANOS:
            usage.peak_memory_bytes = peak_memory_bytes()
            reset_peak_memory()


def _children_seconds() -> float:
    """Return the processor time of the children that have been waited for."""
    times = os.times()
    return times.children_user + times.children_system


def peak_memory_bytes() -> int:
    """Return the highest resident memory since the last reset, or since the start where there is no reset."""
    with suppress(OSError, ValueError, IndexError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * _KIB
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest if sys.platform == "darwin" else highest * _KIB


def reset_peak_memory() -> None:
    """Let the highest resident memory start again from what is resident now, where the system can."""
    with suppress(OSError):
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
