"""A watchdog over the memory of attempts: what takes more than its task has declared is killed."""

import time
from collections.abc import Callable, Iterable

from godwit_core.backends.memory import exact_group_memory, group_memory

LOOK_S = 0.05
"""Time between two looks. What an attempt takes in less may pass its limit unseen."""

REST = 20
"""How many times as long as it took to measure a group exactly it is not measured so again: it may take long."""


class Guarded:
    """An attempt in the process group *group* whose memory is limited, in bytes.

    Attributes:
        peak: the most that was seen.
        not_before_s: when it may be measured exactly again, by the watchdog's clock.
    """

    __slots__ = ("group", "limit", "not_before_s", "peak")

    def __init__(self, group: int, limit: int) -> None:
        self.group = group
        self.limit = limit
        self.peak = 0
        self.not_before_s = 0.0


class Watchdog:
    """Looks at the memory of what it guards whenever it is asked to."""

    def __init__(
        self,
        measure: Callable[[list[int]], dict[int, int]] = group_memory,
        measure_exactly: Callable[[int], int] = exact_group_memory,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._measure = measure
        self._measure_exactly = measure_exactly
        self._guarded: dict[int, Guarded] = {}

    def guard(self, group: int, limit: int) -> None:
        """Guard the attempt that begins in *group*, instead of the one before it; *limit* 0: no limit."""
        if limit > 0:
            self._guarded[group] = Guarded(group, limit)
        else:
            self._guarded.pop(group, None)

    def release(self, group: int) -> Guarded | None:
        """Guard *group* no longer; return what was seen of it."""
        return self._guarded.pop(group, None)

    @property
    def busy(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self._guarded)

    def excessive(self) -> Iterable[Guarded]:
        """Yield what takes more than it may."""
        for group, resident in self._measure(list(self._guarded)).items():
            one = self._guarded[group]
            used = resident if resident <= one.limit else self._exactly(one)
            one.peak = max(one.peak, used)
            if used > one.limit:
                yield one

    def _exactly(self, one: Guarded) -> int:
        """Return the memory of a group, measured anew where that takes no more than a share of the time."""
        began_s = self._clock()
        if began_s < one.not_before_s:
            return one.peak
        used = self._measure_exactly(one.group)
        ended_s = self._clock()
        one.not_before_s = ended_s + REST * (ended_s - began_s)
        return used
