"""DBOS with its SQLite database: durable workflows in one process. Its commits are as SQLite does them by itself."""

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

with contextlib.suppress(ImportError):
    if sqlite3.sqlite_version_info < (3, 42):  # the least that DBOS starts with
        import pysqlite3

        sys.modules["sqlite3"] = pysqlite3

import numpy as np
import pandas as pd
from dbos import DBOS

sys.path.append(str(Path(__file__).parent))
from measurement import Measure, repeated, seconds, slopes
from peer_rows import FRAME_COLUMNS, HOPS, LONGEST_S, Found, Waits, answer, growing

waits = Waits()


@DBOS.step()
def increment(x: int) -> int:
    """Return one more."""
    return x + 1


@DBOS.step()
async def increment_async(x: int) -> int:
    """Return one more."""
    return x + 1


@DBOS.step()
async def total(xs: list[int]) -> int:
    """Return the sum."""
    return sum(xs)


@DBOS.workflow()
def chain(steps: int) -> int:
    """Take steps one after the other."""
    x = 0
    for _ in range(steps):
        x = increment(x)
    return x


@DBOS.workflow()
async def fan(nodes: int) -> int:
    """Take steps side by side, and add them up."""
    return await total(list(await asyncio.gather(*(increment_async(0) for _ in range(nodes)))))


@DBOS.workflow()
async def increments(items: int) -> int:
    """Take a step for each of many integers, side by side."""
    return len(await asyncio.gather(*(increment_async(x) for x in range(items))))


@DBOS.workflow()
async def naps(count: int, duration_s: int) -> int:
    """Sleep many times at once: its own sleep, which is stored."""
    await asyncio.gather(*(DBOS.sleep_async(duration_s) for _ in range(count)))
    return count


@DBOS.workflow()
async def long_naps(count: int) -> int:
    """Sleep an hour many times at once, and count those that have begun."""

    async def nap() -> None:
        waits.begin()
        await DBOS.sleep_async(3_600)

    await asyncio.gather(*(nap() for _ in range(count)))
    return count


@DBOS.step()
def make_frame(rows: int) -> pd.DataFrame:
    """Return a frame of random numbers: eight columns of floats, four of integers."""
    random = np.random.default_rng(0)
    floats = {f"f{number}": random.random(rows) for number in range(8)}
    integers = {f"i{number}": random.integers(0, 1_000_000, rows) for number in range(FRAME_COLUMNS - 8)}
    return pd.DataFrame(floats | integers)


@DBOS.step()
def pass_on(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with one column changed."""
    frame["f0"] = frame["f0"] + 1.0
    return frame


@DBOS.step()
def count_rows(frame: pd.DataFrame) -> int:
    """Return the number of rows."""
    return len(frame)


@DBOS.workflow()
def relay(rows: int, hops: int) -> int:
    """Hand a frame on *hops* times."""
    frame = make_frame(rows)
    for _ in range(hops):
        frame = pass_on(frame)
    return count_rows(frame)


def called(one: Callable[..., Any], *inputs: int) -> Callable[[], float]:
    """Return a function that calls a workflow, which has run once by then, and returns the seconds."""
    one(*inputs)
    return lambda: seconds(lambda: one(*inputs))


def measure_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a step of a chain."""
    short, long = called(chain, steps), called(chain, 2 * steps)
    return [Measure("step", "ms", slopes(short, long, steps, runs, LONGEST_S))]


def measure_fanout(nodes: int, runs: int) -> list[Measure]:
    """Measure a call of parallel steps and a reduction, in one event loop."""
    with asyncio.Runner() as runner:
        runner.run(fan(nodes))
        taken = repeated(lambda: seconds(lambda: runner.run(fan(nodes))), runs, LONGEST_S)
    return [Measure("call", "s", taken)]


def measure_cached_chain(steps: int, runs: int) -> str:
    """Say why there is nothing to measure."""
    del steps, runs
    return "no cache across workflows"


def measure_dataframe(rows: int, runs: int) -> list[Measure]:
    """Measure how a frame goes from step to step: it is written as a pickle into the database, and not read back."""
    short, long = called(relay, rows, 1), called(relay, rows, 1 + HOPS)
    found = slopes(short, long, HOPS, runs, LONGEST_S)
    return [Measure("task to task (written, not read)", "s", [one / 1e3 for one in found])]


def measure_map(size: int, runs: int) -> Found:
    """Measure asynchronous steps side by side, as it has no map."""
    with asyncio.Runner() as runner:
        return growing("map of {} items", lambda items: runner.run(increments(items)), (1_000, size), runs)


def measure_sleeps(size: int, runs: int) -> Found:
    """Measure its sleeps of a second, all at once in one workflow."""
    with asyncio.Runner() as runner:
        return growing("{} sleeps of 1 s", lambda count: runner.run(naps(count, 1)), (20, size), runs, unit_s=1.0)


def measure_timers(size: int, runs: int) -> Found:
    """Measure the memory that its sleeps of an hour take up."""
    del runs
    asyncio.run(naps(10, 0))
    return waits.held_mb(lambda count: asyncio.run(long_naps(count)), size)


if __name__ == "__main__":
    database = Path("dbos.sqlite").resolve()
    DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{database}", "log_level": "ERROR"})
    DBOS.launch()
    measured = {
        "chain": measure_chain,
        "fanout": measure_fanout,
        "cached_chain": measure_cached_chain,
        "dataframe": measure_dataframe,
        "map": measure_map,
        "sleeps": measure_sleeps,
        "timers": measure_timers,
    }
    answer("dbos", measured, durable=True)
    DBOS.destroy()
