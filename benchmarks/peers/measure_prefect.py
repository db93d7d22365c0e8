"""Prefect with a server of its own, which it starts for the time of the measurement, and SQLite.

What is switched off is what the others do not do either: logs to the server, telling its makers of the use, and the
server's services that have nothing to do here. Records of task runs are written many at a time: one at a time, which is
its default, they keep the database locked, and steps wait for seconds.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "false"
os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE"] = "200"
os.environ["PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL"] = "0.1"
os.environ["PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED"] = "false"
os.environ["PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED"] = "false"
os.environ["PREFECT_SERVER_SERVICES_FOREMAN_ENABLED"] = "false"
os.environ["PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED"] = "false"
os.environ["PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED"] = "false"
os.environ["PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED"] = "false"
os.environ["PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED"] = "false"
os.environ["PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED"] = "false"

import numpy as np
import pandas as pd
from prefect import flow, task
from prefect.cache_policies import INPUTS, NO_CACHE, TASK_SOURCE
from prefect.testing.utilities import prefect_test_harness

sys.path.append(str(Path(__file__).parent))
from measurement import Measure, repeated, rounded, seconds
from peer_rows import FRAME_COLUMNS, HOPS, LONGEST_S, Found, Waits, answer, growing

waits = Waits()


@task(cache_policy=NO_CACHE)
def increment(x: int) -> int:
    """Return one more."""
    return x + 1


@task(cache_policy=TASK_SOURCE + INPUTS, persist_result=True)
def cached_increment(x: int) -> int:
    """Return one more, from the cache when it is there."""
    return x + 1


@task(cache_policy=NO_CACHE)
def total(xs: list[int]) -> int:
    """Return the sum."""
    return sum(xs)


@task(persist_result=True)
def make_frame(rows: int) -> pd.DataFrame:
    """Return a frame of random numbers: eight columns of floats, four of integers."""
    random = np.random.default_rng(0)
    floats = {f"f{number}": random.random(rows) for number in range(8)}
    integers = {f"i{number}": random.integers(0, 1_000_000, rows) for number in range(FRAME_COLUMNS - 8)}
    return pd.DataFrame(floats | integers)


@task(persist_result=True)
def pass_on(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with one column changed."""
    frame["f0"] = frame["f0"] + 1.0
    return frame


@task(cache_policy=NO_CACHE)
def count_rows(frame: pd.DataFrame) -> int:
    """Return the number of rows."""
    return len(frame)


@task(cache_policy=NO_CACHE)
async def nap(duration_s: int) -> None:
    """Sleep."""
    waits.begin()
    await asyncio.sleep(duration_s)


@flow
def chain(steps: int) -> int:
    """Take steps one after the other."""
    x = 0
    for _ in range(steps):
        x = increment(x)
    return x


@flow
def cached_chain(steps: int) -> int:
    """Take cached steps one after the other."""
    x = 0
    for _ in range(steps):
        x = cached_increment(x)
    return x


@flow
def fan(nodes: int) -> int:
    """Take steps side by side, and add them up."""
    return total(increment.map([0] * nodes))


@flow
def increments(items: int) -> int:
    """Add one to each of many integers."""
    return len(increment.map(list(range(items))).result())


@flow
def relay(rows: int, hops: int) -> int:
    """Hand a frame on *hops* times."""
    frame = make_frame(rows)
    for _ in range(hops):
        frame = pass_on(frame)
    return count_rows(frame)


@flow
async def naps(count: int, duration_s: int) -> int:
    """Sleep many times at once."""
    return len(await asyncio.gather(*(nap(duration_s) for _ in range(count))))


def called(one: Any, *inputs: int) -> Callable[[], float]:
    """Return a function that calls a flow, which has run once by then, and returns the seconds."""
    one(*inputs)
    return partial(seconds, partial(one, *inputs))


def measure_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a step of a chain. Whole calls: their spread is larger than what twice as many steps add."""
    found = repeated(called(chain, steps), runs, LONGEST_S)
    return [Measure(f"step (call of {steps} steps, divided)", "ms", [one / steps * 1e3 for one in found])]


def measure_fanout(nodes: int, runs: int) -> list[Measure]:
    """Measure a call of parallel tasks and a reduction."""
    return [Measure("call", "s", repeated(called(fan, nodes), runs, LONGEST_S))]


def measure_cached_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a call of a chain whose every step is cached."""
    found = repeated(called(cached_chain, steps), runs, LONGEST_S)
    return [Measure("call", "ms", [one * 1e3 for one in found])]


def measure_dataframe(rows: int, runs: int) -> list[Measure]:
    """Measure how a frame goes from task to task: its result is written as a pickle, and not read back."""
    short, long = called(relay, rows, 1), called(relay, rows, 1 + HOPS)
    found = repeated(lambda: rounded((long() - short()) / HOPS), runs, LONGEST_S)
    return [Measure("task to task (written, not read)", "s", found)]


def measure_map(size: int, runs: int) -> Found:
    """Measure maps, in its threads."""
    return growing("map of {} items", increments, (100, size), runs)


def measure_sleeps(size: int, runs: int) -> Found:
    """Measure sleeps of a second, all at once in one event loop."""
    return growing("{} sleeps of 1 s", lambda count: asyncio.run(naps(count, 1)), (20, size), runs, unit_s=1.0)


def measure_timers(size: int, runs: int) -> Found:
    """Measure the memory that sleeps of an hour take up, without the server's."""
    del runs
    asyncio.run(naps(10, 0))
    waits.begun = 0
    return waits.held_mb(lambda count: asyncio.run(naps(count, 3_600)), size)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    measured = {
        "chain": measure_chain,
        "fanout": measure_fanout,
        "cached_chain": measure_cached_chain,
        "dataframe": measure_dataframe,
        "map": measure_map,
        "sleeps": measure_sleeps,
        "timers": measure_timers,
    }
    with prefect_test_harness():
        answer("prefect", measured, durable=True)
