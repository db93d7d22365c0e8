"""Time, as the shell sees it. A parameter everywhere, so that tests bring their own."""

import os
import time
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Where times come from."""

    def now_us(self) -> int:
        """Return the time of day, in microseconds since the epoch."""

    def boot_us(self) -> int:
        """Return the time since this host was booted, suspension included, in microseconds."""


class SystemClock:
    """The clocks of this host."""

    def now_us(self) -> int:
        """Return the time of day, in microseconds since the epoch."""
        return time.time_ns() // 1000

    def boot_us(self) -> int:
        """Return the microseconds since this host was booted, suspension included where the system counts it."""
        clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        return time.clock_gettime_ns(clock) // 1000


def host_name() -> str:
    """Return the name of this host."""
    return os.uname().nodename


def boot_id() -> str:
    """Return what tells one boot of this host from the next; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def process_start(process: int) -> int | None:
    """Return when a process of this host was started, in clock ticks since boot; None when there is no such process.

    0 where the system does not say, for a process that is there.
    """
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _start_unknown(process)
    except ProcessLookupError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def _start_unknown(process: int) -> int | None:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return 0
    return 0
