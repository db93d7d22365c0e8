"""A watchdog over the memory of attempts: what takes more than its task has declared is killed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from godwit_core.backends.memory import exact_group_memory, group_memory

LOOK_S = 0.05
"""Time between two looks. What an attempt takes in less may pass its limit unseen."""


@dataclass(slots=True)
class Guarded:
    """An attempt in the process group *group* whose memory is limited, in bytes. *peak*: the most that was seen."""

    group: int
    limit: int
    peak: int = 0


class Watchdog:
    """Looks at the memory of what it guards whenever it is asked to."""

    def __init__(
        self,
        measure: Callable[[list[int]], dict[int, int]] = group_memory,
        measure_exactly: Callable[[int], int] = exact_group_memory,
    ) -> None:
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
            used = resident if resident <= one.limit else self._measure_exactly(group)
            one.peak = max(one.peak, used)
            if used > one.limit:
                yield one
