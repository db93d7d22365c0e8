"""Workflows that real engines run on Ray."""

import asyncio
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
def where(folder: str) -> int:
    """Return this process, once another one runs an item, too; its own after a minute."""
    Path(folder, str(os.getpid())).touch()
    deadline = time.monotonic() + 60
    while len(list(Path(folder).iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
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
def spread(folders: list[str]) -> int:
    return different(xs=gw.map_task(where)(folder=folders))


@gw.workflow
def patient(folder: str) -> int:
    return one(i=waiting(folder=folder))


@gw.task
async def slow(i: int, folder: str) -> int:
    """Wait until as many are there as the file says, or a minute has passed."""
    _begin(folder, f"begun-{i}")
    print("waiting", i)  # noqa: T201 - a log
    deadline = time.monotonic() + 60
    while not _are_there(folder):
        if time.monotonic() > deadline:
            return -1
        await asyncio.sleep(0.05)
    return i


def _begin(folder: str, name: str) -> None:
    Path(folder, name).write_text(str(os.getpid()))


def _are_there(folder: str) -> bool:
    return len(list(Path(folder).glob("begun-*"))) >= int(Path(folder, "count").read_text())


@gw.workflow
def gathered(n: list[int], folder: str) -> int:
    return total(xs=gw.map_task(slow)(i=n, folder=folder))


@gw.task
async def stubborn(folder: str) -> int:
    """Say that it began, and hold up everybody else."""
    _begin(folder, "stubborn")
    time.sleep(300)  # noqa: ASYNC251 - what a task must not do
    return 0


@gw.task(backend="ray")
def waiting_there(folder: str) -> int:
    return waiting(folder)


@gw.workflow
def mixed(folder: str) -> int:
    return one(i=waiting_there(folder=folder))


@gw.task(timeout=20)
async def overdue(folder: str) -> int:
    """Hold up everybody else until its time is over."""
    while not _are_there(folder):  # noqa: ASYNC110 - other processes say so
        await asyncio.sleep(0.05)
    _begin(folder, "overdue")
    time.sleep(300)  # noqa: ASYNC251 - what a task must not do
    return 0


@gw.workflow
def beside(folder: str) -> list[int]:
    return [overdue(folder=folder), late(folder=folder)]


@gw.task
async def late(folder: str) -> int:
    """Begin once for each time that it is started, and wait for a word."""
    _begin(folder, f"begun-{os.getpid()}")
    while not _may_go(folder):  # noqa: ASYNC110 - likewise
        await asyncio.sleep(0.05)
    return 1


def _may_go(folder: str) -> bool:
    return Path(folder, "go").exists()
