"""Workflows of many items, sleeps and timers."""

from datetime import timedelta

import godwit as gw
from godwit import native


@gw.task
def numbers(n: int) -> list[int]:
    """Return the first *n* integers."""
    return list(range(n))


@gw.task
def increment(x: int) -> int:
    """Return one more."""
    return x + 1


@gw.workflow
def increments(n: int) -> list[int]:
    """Add one to each of *n* integers."""
    return gw.map_task(increment)(x=numbers(n=n))


@gw.workflow
def sleepers() -> None:
    """Sleep a second, 2,000 times at once."""
    for _ in range(2_000):
        native.sleep(duration=timedelta(seconds=1))


@gw.workflow
def holders() -> None:
    """Hold 10,000 timers of an hour."""
    for _ in range(10_000):
        native.sleep(duration=timedelta(hours=1))
