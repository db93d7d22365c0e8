"""Ten nodes: a sub-workflow, a task that fails at first, a cached task. Each writes its name into a ledger."""

import os
from pathlib import Path

import godwit as gw


def note(ledger: str, name: str) -> int:
    """Append *name* to the ledger, and return how often it stands there now."""
    with Path(ledger).open("ab") as file:
        file.write(f"{name}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    return Path(ledger).read_text().split("\n").count(name)


@gw.task
def source(ledger: str) -> int:
    note(ledger, "source")
    return 1


@gw.task
def step(ledger: str, name: str, x: int) -> int:
    note(ledger, name)
    return x + 1


@gw.task(retries=2)
def unsteady(ledger: str, x: int) -> int:
    if note(ledger, "unsteady") == 1:
        message = "the first time it fails"
        raise ValueError(message)
    return x * 2


@gw.task(cache=gw.Cache(version="1"))
def remembered(ledger: str, x: int) -> int:
    note(ledger, "remembered")
    return x * 3


@gw.task
def join(ledger: str, xs: list[int]) -> int:
    note(ledger, "join")
    return sum(xs)


@gw.workflow
def inner(ledger: str, x: int) -> int:
    a = step(ledger=ledger, name="inner-a", x=x)
    b = step(ledger=ledger, name="inner-b", x=a)
    return step(ledger=ledger, name="inner-c", x=b)


@gw.workflow
def ten(ledger: str) -> int:
    begin = source(ledger=ledger)
    left = step(ledger=ledger, name="left", x=begin)
    right = unsteady(ledger=ledger, x=begin)
    deep = inner(ledger=ledger, x=left)
    kept = remembered(ledger=ledger, x=right)
    last = step(ledger=ledger, name="last", x=kept)
    return join(ledger=ledger, xs=[left, right, deep, kept, last])
