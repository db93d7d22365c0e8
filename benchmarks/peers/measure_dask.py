"""Dask: its threads, and its scheduler with two worker processes (distributed). Nothing is stored."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pandas as pd
from dask.distributed import Client, LocalCluster

sys.path.append(str(Path(__file__).parent))
from measurement import Measure, repeated, seconds, slopes
from peer_rows import FRAME_COLUMNS, HOPS, LONGEST_S, Found, Waits, answer, growing

WORKERS = 2
waits = Waits()


def increment(x: int) -> int:
    """Return one more."""
    return x + 1


def make_frame(rows: int) -> pd.DataFrame:
    """Return a frame of random numbers: eight columns of floats, four of integers."""
    random = np.random.default_rng(0)
    floats = {f"f{number}": random.random(rows) for number in range(8)}
    integers = {f"i{number}": random.integers(0, 1_000_000, rows) for number in range(FRAME_COLUMNS - 8)}
    return pd.DataFrame(floats | integers)


def pass_on(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with one column changed."""
    return frame.assign(f0=frame["f0"] + 1.0)


def nap(number: int) -> int:
    """Sleep a second."""
    waits.begin()
    time.sleep(1)
    return number


def cluster() -> LocalCluster:
    """Return a cluster of worker processes on this machine, with one thread each."""
    return LocalCluster(n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None)


def in_threads(graph: Any) -> Any:
    """Compute in a pool of as many threads as the cluster has workers."""
    return graph.compute(scheduler="threads", num_workers=WORKERS)


def chain(steps: int) -> Any:
    """Return the graph of steps one after the other."""
    one, x = dask.delayed(increment, pure=False), 0
    for _ in range(steps):
        x = one(x)
    return x


def fan(nodes: int) -> Any:
    """Return the graph of steps side by side, added up."""
    one = dask.delayed(increment, pure=False)
    return dask.delayed(sum, pure=False)([one(x) for x in range(nodes)])


def called(call: Callable[[], object]) -> Callable[[], float]:
    """Return a function that calls it, which has run once by then, and returns the seconds."""
    call()
    return lambda: seconds(call)


def measure_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a step of a chain."""
    found = []
    short, long = called(lambda: in_threads(chain(steps))), called(lambda: in_threads(chain(2 * steps)))
    found.append(Measure("step, threads", "ms", slopes(short, long, steps, runs, LONGEST_S)))
    with cluster() as workers, Client(workers):
        short, long = called(lambda: chain(steps).compute()), called(lambda: chain(2 * steps).compute())
        found.append(Measure("step, distributed", "ms", slopes(short, long, steps, runs, LONGEST_S)))
    return found


def measure_fanout(nodes: int, runs: int) -> list[Measure]:
    """Measure a call of parallel tasks and a reduction."""
    found = [Measure("call, threads", "s", repeated(called(lambda: in_threads(fan(nodes))), runs, LONGEST_S))]
    with cluster() as workers, Client(workers):
        taken = repeated(called(lambda: fan(nodes).compute()), runs, LONGEST_S)
    return [*found, Measure("call, distributed", "s", taken)]


def measure_cached_chain(steps: int, runs: int) -> list[Measure]:
    """Measure a chain whose every result is in the memory of a worker, for as long as somebody holds it."""
    with cluster() as workers, Client(workers) as client:

        def submit() -> list[Any]:
            futures: list[Any] = [client.submit(increment, 0, pure=True)]
            for _ in range(steps - 1):
                futures.append(client.submit(increment, futures[-1], pure=True))
            futures[-1].result()
            return futures

        kept = submit()
        taken = repeated(called(submit), runs, LONGEST_S)
        del kept
    return [Measure("call, distributed (results held in memory)", "ms", [one * 1e3 for one in taken])]


def measure_dataframe(rows: int, runs: int) -> list[Measure]:
    """Measure how a frame goes from one worker process to the other: sent from memory to memory."""
    with cluster() as workers, Client(workers) as client:
        names = list(client.scheduler_info()["workers"])

        def relay(hops: int) -> int:
            frame = client.submit(make_frame, rows, workers=names[0], pure=False)
            for hop in range(hops):
                frame = client.submit(pass_on, frame, workers=names[(hop + 1) % WORKERS], pure=False)
            return client.submit(len, frame, pure=False).result()

        short, long = called(lambda: relay(1)), called(lambda: relay(1 + HOPS))
        found = slopes(short, long, HOPS, runs, LONGEST_S)
    return [Measure("task to task, distributed (sent, not written)", "s", [one / 1e3 for one in found])]


def measure_map(size: int, runs: int) -> Found:
    """Measure maps on the cluster."""
    with cluster() as workers, Client(workers) as client:
        return growing(
            "map of {} items, distributed",
            lambda items: client.gather(client.map(increment, range(items), pure=False)),
            (1_000, size),
            runs,
        )


def naps(count: int) -> object:
    """Sleep many times at once, as far as there are threads."""
    return in_threads(dask.delayed(list)([dask.delayed(nap, pure=False)(number) for number in range(count)]))


def measure_sleeps(size: int, runs: int) -> Found:
    """Measure sleeps of a second: each holds a thread, so only as many as there are threads go on at once."""
    return growing("{} sleeps of 1 s, threads", naps, (WORKERS * 5, size), runs, unit_s=1.0)


def measure_timers(size: int, runs: int) -> Found:
    """Say how many waits can be held."""
    del runs
    threading.Thread(target=naps, args=(size,), daemon=True).start()
    time.sleep(0.9)
    return f"of {size:,} waits, {waits.begun} were under way: each holds a thread"


if __name__ == "__main__":
    measured = {
        "chain": measure_chain,
        "fanout": measure_fanout,
        "cached_chain": measure_cached_chain,
        "dataframe": measure_dataframe,
        "map": measure_map,
        "sleeps": measure_sleeps,
        "timers": measure_timers,
    }
    answer("dask", measured, durable=False)
