"""DataFrame: what it takes to hand a pandas DataFrame from one task to the next."""

import sys

import frames
import limits
import pandas as pd
from comparison import measure_peers
from engines import DURABILITIES, FRAMES, warm_engine
from measurement import Measure, Result, options, parsed

BUDGET = 1.3
"""Times pandas → Parquet → fsync → pandas."""
HOPS = 2
"""By which the longer relay is longer."""


def main() -> int:
    """Measure the row and print it."""
    parser = options(__doc__, runs=7)
    parser.add_argument("--megabytes", type=int, default=100)
    arguments = parsed(parser, megabytes=10)
    rows = arguments.megabytes * 1_000_000 // (8 * frames.COLUMNS)
    result = Result("dataframe", {"megabytes": arguments.megabytes, "rows": rows, "columns": frames.COLUMNS})
    frame = frames.make_frame(rows=rows)
    bare: list[float] = []
    for durability in DURABILITIES:
        found: list[float] = []
        ratios: list[float] = []
        for _ in range(arguments.runs):
            before = _limit_s(frame)
            with warm_engine(durability, FRAMES) as engine:
                engine.prepare("relay_1", times=1, rows=rows)
                engine.prepare("relay_3", times=1, rows=1_000)
                hop = (engine.call("relay_3", rows=rows) - engine.call("relay_1", rows=rows)) / HOPS
            after = _limit_s(frame)
            found.append(hop)
            ratios.append(hop / ((before + after) / 2))
            bare += [before, after]
        result.measures.append(Measure(f"task to task, {durability}", "s", found))
        result.measures.append(Measure(f"task to task, {durability}, over the limit", "times", ratios, BUDGET))
    result.limits.append(Measure("pandas → Parquet → fsync → pandas", "s", bare))
    if arguments.peers:
        result.peers = measure_peers("dataframe", rows, arguments.runs)
    result.deliver(arguments.out)
    return 0


def _limit_s(frame: pd.DataFrame) -> float:
    """Return the seconds of the limit, after a small frame that wakes the libraries."""
    with limits.work_folder("limit") as folder:
        limits.parquet_s(frame.head(1_000), folder)
        return limits.parquet_s(frame, folder)


if __name__ == "__main__":
    sys.exit(main())
