"""A map over a workflow of two tasks, one of which fails at first. Each writes its name into a ledger."""

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
def first(ledger: str, x: int) -> int:
    note(ledger, f"first-{x}")
    return x + 1


@gw.task(retries=2)
def second(ledger: str, x: int) -> int:
    if note(ledger, f"second-{x}") == 1 and x == 2:
        message = "the first time it fails"
        raise ValueError(message)
    return x * 10


@gw.task
def join(ledger: str, xs: list[int]) -> int:
    note(ledger, "join")
    return sum(xs)


@gw.workflow
def pair(ledger: str, x: int) -> int:
    return second(ledger=ledger, x=first(ledger=ledger, x=x))


@gw.workflow
def pairs(ledger: str) -> int:
    return join(ledger=ledger, xs=gw.map_task(pair)(ledger=gw.bound(ledger), x=[1, 2, 3]))
