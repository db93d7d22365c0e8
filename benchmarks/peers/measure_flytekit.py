"""flytekit (Flyte 1): its local execution, in one thread. Nothing is stored but cached results and frames."""

import contextlib
import io
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from flytekit import map_task, sleep, task, workflow

sys.path.append(str(Path(__file__).parent))
from measurement import Measure, repeated, seconds, slopes
from peer_rows import FRAME_COLUMNS, HOPS, LONGEST_S, Found, answer, growing


@task
def increment(x: int) -> int:
    """Return one more."""
    return x + 1


@task(cache=True, cache_version="1")
def cached_increment(x: int) -> int:
    """Return one more, from the cache when it is there."""
    return x + 1


@task
def total(xs: list[int]) -> int:
    """Return the sum."""
    return sum(xs)


@task
def make_frame(rows: int) -> pd.DataFrame:
    """Return a frame of random numbers: eight columns of floats, four of integers."""
    random = np.random.default_rng(0)
    floats = {f"f{number}": random.random(rows) for number in range(8)}
    integers = {f"i{number}": random.integers(0, 1_000_000, rows) for number in range(FRAME_COLUMNS - 8)}
    return pd.DataFrame(floats | integers)


@task
def pass_on(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with one column changed."""
    frame["f0"] = frame["f0"] + 1.0
    return frame


@task
def count_rows(frame: pd.DataFrame) -> int:
    """Return the number of rows."""
    return len(frame)


def chain_of(steps: int, one: Any = increment) -> Any:
    """Return a workflow of *steps* tasks, one after the other."""

    def chain(x: int) -> int:
        for _ in range(steps):
            x = one(x=x)
        return x

    return workflow(chain)


def relay_of(hops: int) -> Any:
    """Return a workflow that hands a frame on *hops* times."""

    def relay(rows: int) -> int:
        frame = make_frame(rows=rows)
        for _ in range(hops):
            frame = pass_on(frame=frame)
        return count_rows(frame=frame)

    return workflow(relay)


def called(one: Any, **inputs: int) -> Callable[[], float]:
    """Return a function that calls a workflow, which by then is compiled, and returns the seconds."""
    one(**inputs)
    return partial(seconds, partial(one, **inputs))


def chain(steps: int, runs: int) -> list[Measure]:
    """Measure a step of a chain."""
    short, long = called(chain_of(steps), x=0), called(chain_of(2 * steps), x=0)
    return [Measure("step", "ms", slopes(short, long, steps, runs, LONGEST_S))]


def fanout(nodes: int, runs: int) -> list[Measure]:
    """Measure a call of parallel nodes and a reduction."""

    def fan(x: int) -> int:
        return total(xs=[increment(x=x) for _ in range(nodes)])

    call = called(workflow(fan), x=0)
    return [Measure("call", "s", repeated(call, runs, LONGEST_S))]


def cached_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a call of a chain whose every step is cached."""
    call = called(chain_of(steps, cached_increment), x=0)
    return [Measure("call", "ms", [one * 1e3 for one in repeated(call, runs, LONGEST_S)])]


def dataframe(rows: int, runs: int) -> list[Measure]:
    """Measure how a frame goes from task to task."""
    short, long = called(relay_of(1), rows=rows), called(relay_of(1 + HOPS), rows=rows)
    return [Measure("task to task", "s", [one / 1e3 for one in slopes(short, long, HOPS, runs, LONGEST_S)])]


@workflow
def increments(xs: list[int]) -> list[int]:
    """Add one to each."""
    return map_task(increment)(x=xs)


@workflow
def nap() -> None:
    """Sleep a second."""
    sleep(timedelta(seconds=1))


def mapped(size: int, runs: int) -> Found:
    """Measure maps."""
    return growing("map of {} items", lambda items: increments(xs=list(range(items))), (1_000, size), runs)


def slept(size: int, runs: int) -> Found:
    """Say why there is nothing to measure, if its sleep takes no time."""
    del size, runs
    with contextlib.redirect_stdout(io.StringIO()):
        taken = seconds(nap)
    return f"its sleep of 1 s returned after {taken * 1e3:.0f} ms: locally it is not carried out"


if __name__ == "__main__":
    measured = {
        "chain": chain,
        "fanout": fanout,
        "cached_chain": cached_chain,
        "dataframe": dataframe,
        "map": mapped,
        "sleeps": slept,
        "timers": slept,
    }
    answer("flytekit", measured, durable=False)
