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
from measurement import Measure, repeated, seconds, slopes
from peer_rows import FRAME_COLUMNS, HOPS, LONGEST_S, Found, Waits, answer, growing

env = flyte.TaskEnvironment(name="bench")
waits = Waits()


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


@env.task
async def increments(items: int) -> int:
    """Add one to each of many integers, by its map."""
    return len([one async for one in flyte.map.aio(increment, list(range(items)))])


@env.task
async def sleeping(number: int, duration_s: int) -> int:
    """Sleep."""
    waits.begin()
    await asyncio.sleep(duration_s)
    return number


@env.task
async def naps(count: int, duration_s: int) -> int:
    """Sleep many times at once."""
    return len(await asyncio.gather(*(sleeping(number=number, duration_s=duration_s) for number in range(count))))


def run(one: Any, **inputs: int) -> None:
    """Run a task locally."""
    flyte.with_runcontext("local", raw_data_path=str(Path("raw").absolute())).run(one, **inputs).wait()


def called(one: Any, **inputs: int) -> Callable[[], float]:
    """Return a function that runs a task locally, which has run once by then, and returns the seconds."""
    run(one, **inputs)
    return lambda: seconds(lambda: run(one, **inputs))


def measure_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a step of a chain."""
    short, long = called(chain, steps=steps), called(chain, steps=2 * steps)
    return [Measure("step", "ms", slopes(short, long, steps, runs, LONGEST_S))]


def measure_fanout(nodes: int, runs: int) -> list[Measure]:
    """Measure a call of parallel tasks and a reduction."""
    call = called(fan, nodes=nodes)
    return [Measure("call", "s", repeated(call, runs, LONGEST_S))]


def measure_cached_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a call of a chain whose every step is cached."""
    call = called(cached_chain, steps=steps)
    return [Measure("call", "ms", [one * 1e3 for one in repeated(call, runs, LONGEST_S)])]


def measure_dataframe(rows: int, runs: int) -> list[Measure]:
    """Measure how a frame goes from task to task."""
    short, long = called(relay, rows=rows, hops=1), called(relay, rows=rows, hops=1 + HOPS)
    return [Measure("task to task", "s", [one / 1e3 for one in slopes(short, long, HOPS, runs, LONGEST_S)])]


def measure_map(size: int, runs: int) -> Found:
    """Measure maps; locally their items run one after the other."""
    return growing("map of {} items", lambda items: run(increments, items=items), (1_000, size), runs)


def measure_sleeps(size: int, runs: int) -> Found:
    """Measure sleeps of a second, all at once in one event loop."""
    return growing("{} sleeps of 1 s", lambda count: run(naps, count=count, duration_s=1), (20, size), runs, unit_s=1.0)


def measure_timers(size: int, runs: int) -> Found:
    """Measure the memory that sleeps of an hour take up."""
    del runs
    run(naps, count=10, duration_s=0)
    waits.begun = 0
    return waits.held_mb(lambda count: run(naps, count=count, duration_s=3_600), size)


if __name__ == "__main__":
    flyte.init()
    measured = {
        "chain": measure_chain,
        "fanout": measure_fanout,
        "cached_chain": measure_cached_chain,
        "dataframe": measure_dataframe,
        "map": measure_map,
        "sleeps": measure_sleeps,
        "timers": measure_timers,
    }
    answer("flyte", measured, durable=False)
