"""What the storms blow over: a map, a sub-workflow, a cached and an unsteady task. A ledger tells what ran."""

import os
import time

import godwit as gw


def note(ledger: str, line: str) -> None:
    """Append *line* to the ledger, whole, whatever happens next."""
    descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


@gw.task
def numbers(ledger: str, n: int) -> list[int]:
    note(ledger, "numbers")
    return list(range(n))


@gw.task(retries=3)
def square(ledger: str, x: int) -> int:
    note(ledger, f"square {x}")
    time.sleep(0.004)
    return x * x


@gw.task(cache=gw.Cache(version="1"))
def remembered(ledger: str, x: int) -> int:
    note(ledger, "remembered")
    return x + 1


@gw.task(retries=5)
def unsteady(ledger: str, x: int) -> int:
    note(ledger, "unsteady")
    with open(ledger) as file:
        if file.read().count("unsteady\n") == 1:
            message = "the first time it fails"
            raise ValueError(message)
    return x + 2


@gw.task
def slow(ledger: str, name: str, x: int) -> int:
    note(ledger, name)
    time.sleep(0.03)
    return x + 1


@gw.task
def total(ledger: str, xs: list[int], more: list[int]) -> int:
    note(ledger, "total")
    return sum(xs) + sum(more)


@gw.workflow
def inner(ledger: str, x: int) -> int:
    a = slow(ledger=ledger, name="inner a", x=x)
    b = slow(ledger=ledger, name="inner b", x=a)
    return slow(ledger=ledger, name="inner c", x=b)


@gw.workflow
def storm(ledger: str, n: int = 150) -> int:
    xs = numbers(ledger=ledger, n=n)
    squares = gw.map_task(square)(ledger=ledger, x=xs)
    deep = inner(ledger=ledger, x=1)
    kept = remembered(ledger=ledger, x=deep)
    shaky = unsteady(ledger=ledger, x=deep)
    return total(ledger=ledger, xs=squares, more=[deep, kept, shaky])
