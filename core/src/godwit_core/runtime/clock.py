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


class SteadyTime:
    """The time of day as history has it: it never goes back, and is never slower than the boot clock.

    When the host's time of day is set forward it follows; when that is set back it goes on from where it was. So a wait
    that was measured by the boot clock is over by this time, too, however the time of day is set meanwhile.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._boot_us = clock.boot_us()
        self._now_us = clock.now_us()

    def now_us(self) -> int:
        """Return the time, in microseconds since the epoch."""
        boot_us = self._clock.boot_us()
        self._now_us = max(self._clock.now_us(), self._now_us + boot_us - self._boot_us)
        self._boot_us = boot_us
        return self._now_us

    def boot_ahead_us(self) -> int:
        """Return what is to be added to a time to have it on the boot clock, if nobody sets the time of day."""
        now_us = self.now_us()
        return self._boot_us - now_us

    def go_on_from(self, time_us: int) -> None:
        """Be *time_us* at least from now on: a history that is continued does not turn around."""
        self._now_us = max(self._now_us, time_us)


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
