"""Flyte 2: its local mode, in one process. Nothing is stored but cached results and frames."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flyte
import numpy as np
import pandas as pd

sys.path.append(str(Path(__file__).parent))
from measurement import Measure, seconds, slopes
from peer_rows import FRAME_COLUMNS, HOPS, answer

env = flyte.TaskEnvironment(name="bench")


@env.task
async def increment(x: int) -> int:
    """Return one more."""
    return x + 1


@env.task(cache=flyte.Cache(behavior="auto", version_override="1"))
async def cached_increment(x: int) -> int:
    """Return one more, from the cache when it is there."""
    return x + 1


@env.task
async def total(xs: list[int]) -> int:
    """Return the sum."""
    return sum(xs)


@env.task
async def chain(steps: int) -> int:
    """Take steps one after the other."""
    x = 0
    for _ in range(steps):
        x = await increment(x=x)
    return x


@env.task
async def cached_chain(steps: int) -> int:
    """Take cached steps one after the other."""
    x = 0
    for _ in range(steps):
        x = await cached_increment(x=x)
    return x


@env.task
async def fan(nodes: int) -> int:
    """Take steps side by side, and add them up."""
    return await total(xs=list(await asyncio.gather(*(increment(x=0) for _ in range(nodes)))))


@env.task
async def make_frame(rows: int) -> pd.DataFrame:
    """Return a frame of random numbers: eight columns of floats, four of integers."""
    random = np.random.default_rng(0)
    floats = {f"f{number}": random.random(rows) for number in range(8)}
    integers = {f"i{number}": random.integers(0, 1_000_000, rows) for number in range(FRAME_COLUMNS - 8)}
    return pd.DataFrame(floats | integers)


@env.task
async def pass_on(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with one column changed."""
    frame["f0"] = frame["f0"] + 1.0
    return frame


@env.task
async def count_rows(frame: pd.DataFrame) -> int:
    """Return the number of rows."""
    return len(frame)


@env.task
async def relay(rows: int, hops: int) -> int:
    """Hand a frame on *hops* times."""
    frame = await make_frame(rows=rows)
    for _ in range(hops):
        frame = await pass_on(frame=frame)
    return await count_rows(frame=frame)


def called(one: Any, **inputs: int) -> Callable[[], float]:
    """Return a function that runs a task locally, which has run once by then, and returns the seconds."""

    def call() -> None:
        flyte.with_runcontext("local", raw_data_path=str(Path("raw").absolute())).run(one, **inputs).wait()

    call()
    return lambda: seconds(call)


def measure_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a step of a chain."""
    short, long = called(chain, steps=steps), called(chain, steps=2 * steps)
    return [Measure("step", "ms", slopes(short, long, steps, runs))]


def measure_fanout(nodes: int, runs: int) -> list[Measure]:
    """Measure a call of parallel tasks and a reduction."""
    call = called(fan, nodes=nodes)
    return [Measure("call", "s", [call() for _ in range(runs)])]


def measure_cached_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a call of a chain whose every step is cached."""
    call = called(cached_chain, steps=steps)
    return [Measure("call", "ms", [call() * 1e3 for _ in range(runs)])]


def measure_dataframe(rows: int, runs: int) -> list[Measure]:
    """Measure how a frame goes from task to task."""
    short, long = called(relay, rows=rows, hops=1), called(relay, rows=rows, hops=1 + HOPS)
    return [Measure("task to task", "s", [one / 1e3 for one in slopes(short, long, HOPS, runs)])]


if __name__ == "__main__":
    flyte.init()
    measured = {
        "chain": measure_chain,
        "fanout": measure_fanout,
        "cached_chain": measure_cached_chain,
        "dataframe": measure_dataframe,
    }
    answer("flyte", measured, durable=False)
