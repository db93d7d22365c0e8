"""What the storms blow over: every kind of node that a crash could confuse. A ledger outside tells what ran.

Each line of the ledger is what ran, after the name of its execution: several may share one ledger. They share what is
cached, too: it has no owner.
"""

import os
import time
from datetime import timedelta

import godwit as gw


def note(ledger: str, line: str) -> int:
    """Append *line* to the ledger, whole, whatever happens next; return how often it stands there now."""
    descriptor = os.open(ledger, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, f"{line}\n".encode())
        size = os.fstat(descriptor).st_size
        return os.pread(descriptor, size, 0).decode().splitlines().count(line)
    finally:
        os.close(descriptor)


@gw.task
def numbers(ledger: str, who: str, n: int) -> list[int]:
    note(ledger, f"{who} numbers")
    return list(range(n))


@gw.task(retries=3)
def square(ledger: str, who: str, x: int) -> int:
    note(ledger, f"{who} square {x}")
    time.sleep(0.004)
    return x * x


@gw.task(cache=gw.Cache(version="1", serialize=True))
def remembered(ledger: str, x: int) -> int:
    note(ledger, "remembered")
    time.sleep(0.02)
    return x + 1


@gw.task(retries=gw.Retry(2, backoff=gw.Backoff(timedelta(milliseconds=20))))
def unsteady(ledger: str, who: str, x: int) -> int:
    if note(ledger, f"{who} unsteady") == 1:
        message = "the first time it fails"
        raise ValueError(message)
    return x + 2


@gw.task
def slow(ledger: str, who: str, name: str, x: int) -> int:
    note(ledger, f"{who} {name}")
    time.sleep(0.03)
    return x + 1


@gw.task
def part(ledger: str, who: str, name: str, x: int) -> int:
    note(ledger, f"{who} {name} {x}")
    time.sleep(0.008)
    return x + 1


@gw.task
def total(ledger: str, who: str, xs: list[int], ys: list[int], more: list[int]) -> int:
    note(ledger, f"{who} total")
    return sum(xs) + sum(ys) + sum(more)


@gw.workflow
def inner(ledger: str, who: str, x: int) -> int:
    a = slow(ledger=ledger, who=who, name="inner a", x=x)
    b = slow(ledger=ledger, who=who, name="inner b", x=a)
    return slow(ledger=ledger, who=who, name="inner c", x=b)


@gw.workflow
def deeper(ledger: str, who: str, name: str, x: int) -> int:
    return slow(ledger=ledger, who=who, name=name, x=x)


@gw.workflow
def pair(ledger: str, who: str, x: int) -> int:
    first = part(ledger=ledger, who=who, name="first", x=x)
    return part(ledger=ledger, who=who, name="second", x=first)


planned = gw.LaunchPlan(deeper, fixed_inputs={"name": "planned"})


@gw.workflow
def storm(ledger: str, who: str = "it", n: int = 150) -> int:
    xs = numbers(ledger=ledger, who=who, n=n)
    squares = gw.map_task(square)(ledger=ledger, who=who, x=xs)
    deep = inner(ledger=ledger, who=who, x=1)
    plan = planned(ledger=ledger, who=who, x=deep)
    kept = remembered(ledger=ledger, x=deep)
    same = remembered(ledger=ledger, x=deep)
    shaky = unsteady(ledger=ledger, who=who, x=deep)
    pairs = gw.map_task(pair)(ledger=ledger, who=who, x=[0, 10, 20, 30, 40, 50])
    factor = gw.wait_for_input(int, name="factor", after=shaky)
    agreed = gw.approve("Add it all up?", name="boss", after=kept)
    pause = gw.sleep(timedelta(milliseconds=50), after=agreed)
    return total.after(pause)(
        ledger=ledger, who=who, xs=squares, ys=pairs, more=[deep, plan, kept, same, shaky, factor]
    )
