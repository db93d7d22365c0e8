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
