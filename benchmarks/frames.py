"""The workflows that hand a pandas DataFrame from task to task."""

import godwit as gw
import numpy as np
import pandas as pd

COLUMNS = 12
"""Of 8 bytes each."""


@gw.task
def make_frame(rows: int) -> pd.DataFrame:
    """Return a frame of random numbers: eight columns of floats, four of integers."""
    random = np.random.default_rng(0)
    floats = {f"f{number}": random.random(rows) for number in range(8)}
    integers = {f"i{number}": random.integers(0, 1_000_000, rows) for number in range(COLUMNS - 8)}
    return pd.DataFrame(floats | integers)


@gw.task
def pass_on(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with one column changed, so that it is no copy of one that is stored already."""
    frame["f0"] = frame["f0"] + 1.0
    return frame


@gw.task
def count_rows(frame: pd.DataFrame) -> int:
    """Return the number of rows."""
    return len(frame)


@gw.workflow
def relay_1(rows: int) -> int:
    """Make a frame and hand it on once."""
    return count_rows(frame=pass_on(frame=make_frame(rows=rows)))


@gw.workflow
def relay_3(rows: int) -> int:
    """Make a frame and hand it on three times."""
    return count_rows(frame=pass_on(frame=pass_on(frame=pass_on(frame=make_frame(rows=rows)))))
