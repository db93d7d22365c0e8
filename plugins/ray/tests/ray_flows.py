"""Workflows that real engines run on Ray."""

import os
import subprocess
import sys
import time
from pathlib import Path

import godwit as gw


@gw.task
def one(i: int) -> int:
    return i + 1


@gw.task
def where(i: int) -> int:  # noqa: ARG001 - an item each
    time.sleep(0.3)
    return os.getpid()


@gw.task
def total(xs: list[int]) -> int:
    print(f"{len(xs)} numbers")  # noqa: T201 - a log
    return sum(xs)


@gw.task
def different(xs: list[int]) -> int:
    return len(set(xs))


@gw.task
def waiting(folder: str) -> int:
    """Say that it began, once for each time that it is started, and wait until it may end."""
    with Path(folder, "begun").open("a") as file:
        file.write(f"{os.getpid()}\n")
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    Path(folder, "child").write_text(str(child.pid))
    print("waiting", flush=True)  # noqa: T201 - a log
    while not Path(folder, "go").exists():
        time.sleep(0.05)
    child.kill()
    child.wait()
    return 42


@gw.task(resources=gw.Resources(cpu=64))
def large() -> int:
    return 0


@gw.workflow
def summing(n: list[int]) -> int:
    return total(xs=gw.map_task(one)(i=n))


@gw.workflow
def spread(n: list[int]) -> int:
    return different(xs=gw.map_task(where)(i=n))


@gw.workflow
def patient(folder: str) -> int:
    return one(i=waiting(folder=folder))
