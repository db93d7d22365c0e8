"""What the scripts of the peers share: which row is asked for, how long to go on, and the answer."""

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version

from measurement import Measure, peak_memory_mb, repeated, rounded, seconds

FRAME_COLUMNS = 12
HOPS = 2

LONGEST_S = 12.0
"""After so long, nothing is repeated further."""
LARGEST_S = 20.0
"""What would take longer is not begun, where sizes grow."""

Found = list[Measure] | str
"""Measures, or the reason why there are none."""
Rows = Mapping[str, Callable[[int, int], Found]]
"""By name of the row: what measures it, given a size and a number of runs."""


def growing(what: str, call: Callable[[int], object], sizes: tuple[int, int], runs: int, unit_s: float = 0.0) -> Found:
    """Measure a call of growing size, each ten times the one before, as far as it goes in `LARGEST_S`.

    Args:
        what: is measured; with one place, for the size.
        call: does it, once for a given size.
        sizes: the smallest, and the largest that is tried.
        runs: of the largest size that fits; one, when it takes long.
        unit_s: what the call takes at any size, and is not counted in the time per item.
    """
    size, largest = sizes
    call(size)
    taken = seconds(partial(call, size))
    while size < largest and taken * 10 < LARGEST_S:
        size *= 10
        taken = seconds(partial(call, size))
    more = runs - 1 if taken < LARGEST_S / 4 else 0
    found = [taken, *repeated(partial(seconds, partial(call, size)), more, LONGEST_S)]
    each = [rounded((one - unit_s) / size * 1e3) for one in found]
    return [
        Measure(what.format(f"{size:,}"), "s", found),
        Measure(what.format(f"{size:,}") + ", per item", "ms", each),
        Measure(what.format(f"{size:,}") + ", memory of its process", "MB", [peak_memory_mb()]),
    ]


class Waits:
    """Counts waits that have begun."""

    def __init__(self) -> None:
        self.begun = 0
        self._changed = threading.Condition()

    def begin(self) -> None:
        """Count one more."""
        with self._changed:
            self.begun += 1
            self._changed.notify_all()

    def held_mb(self, hold: Callable[[int], object], count: int) -> Found:
        """Measure the memory that *count* waits take up while they are under way.

        Args:
            hold: begins so many of them, and does not return before they end; runs in a thread that is left behind.
            count: how many.
        """
        before_mb = peak_memory_mb()
        threading.Thread(target=hold, args=(count,), daemon=True).start()
        with self._changed:
            if not self._changed.wait_for(lambda: self.begun >= count, timeout=LARGEST_S):
                return f"of {count:,} waits, {self.begun:,} have begun after {LARGEST_S:g} s"
        return [Measure(f"{count:,} held timers", "MB", [rounded(max(0.0, peak_memory_mb() - before_mb))])]


def answer(distribution: str, rows: Rows, *, durable: bool) -> None:
    """Measure the row that the command line asks for, and print the answer as the last line.

    Held timers end with the process, at once.
    """
    row, size, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    told: dict[str, object] = {"version": version(distribution), "durable": durable}
    found = rows[row](size, runs) if row in rows else "nothing like it"
    if isinstance(found, str):
        told["missing"] = found
    else:
        told["measures"] = [one.as_json() for one in found]
    sys.stdout.write("\n" + json.dumps(told) + "\n")
    sys.stdout.flush()
    if row == "timers":
        os._exit(0)
