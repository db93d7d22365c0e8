"""What engines share in `test_shared_home.py`. Every body writes into a ledger that no engine knows of."""

import os
import time
import uuid
from pathlib import Path

import godwit as gw


def write(folder: str, *words: object) -> None:
    """Add a line to the ledger at once: one system call, so lines of many processes do not mix."""
    descriptor = os.open(Path(folder, "ledger"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, (" ".join(map(str, words)) + "\n").encode())
    os.close(descriptor)


@gw.task
def draw(n: int, folder: str) -> str:
    """Return what no other attempt returns."""
    token = uuid.uuid4().hex
    write(folder, "draw", n, token)
    time.sleep(0.05)
    return token


@gw.task
def read(n: int, token: str, folder: str) -> str:
    """Tell which token was stored."""
    write(folder, "read", n, token)
    time.sleep(0.05)
    return token


@gw.workflow
def pair(n: int, folder: str) -> str:
    """Draw, then read."""
    return read(n=n, token=draw(n=n, folder=folder), folder=folder)


@gw.task
def hold(n: int, folder: str) -> str:
    """Run until there is a file `go`."""
    token = uuid.uuid4().hex
    write(folder, "began", n, token)
    while not Path(folder, "go").exists():
        time.sleep(0.01)
    write(folder, "ended", n, token)
    return token


@gw.task(cache=gw.Cache(version="1", serialize=True))
def compute(n: int, folder: str) -> int:
    """Run until there is a file `go`, once for all who ask."""
    write(folder, "began", n, os.getpid())
    while not Path(folder, "go").exists():
        time.sleep(0.01)
    return n


@gw.workflow
def computing(n: int, folder: str, key: int = 1) -> int:  # noqa: ARG001 - it tells executions apart
    """Compute what all executions need."""
    return compute(n=key, folder=folder)


@gw.workflow
def asking(n: int, folder: str) -> int:  # noqa: ARG001 - as all have them
    """Ask for a number."""
    return gw.wait_for_input(int, name="answer")
