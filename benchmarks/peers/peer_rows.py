"""What the scripts of the peers share: which row is asked for, and the answer."""

import json
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version

from measurement import Measure

FRAME_COLUMNS = 12
HOPS = 2

Rows = Mapping[str, Callable[[int, int], "list[Measure] | str"]]
"""By name of the row: from a size and a number of runs to measures, or to the reason why there are none."""


def answer(distribution: str, rows: Rows, *, durable: bool) -> None:
    """Measure the row that the command line asks for, and print the answer as the last line."""
    row, size, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    found = rows[row](size, runs)
    told: dict[str, object] = {"version": version(distribution), "durable": durable}
    if isinstance(found, str):
        told["missing"] = found
    else:
        told["measures"] = [one.as_json() for one in found]
    sys.stdout.write("\n" + json.dumps(told) + "\n")
