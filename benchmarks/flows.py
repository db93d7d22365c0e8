"""The workflows that are measured. Tasks do nothing, so that only the orchestrator's own time is left."""

from collections.abc import Callable

import godwit as gw

CHAINS = (50, 100, 200, 400)
FANS = (100, 1_000, 2_000, 10_000)


@gw.task
def increment(x: int) -> int:
    """Return one more."""
    return x + 1


@gw.task(cache=gw.Cache(version="1"))
def cached_increment(x: int) -> int:
    """Return one more, from the cache when it is there."""
    return x + 1


@gw.task
def total(xs: list[int]) -> int:
    """Return the sum."""
    return sum(xs)


def _named(function: Callable[..., int], name: str) -> Callable[..., int]:
    function.__name__ = function.__qualname__ = name
    return gw.workflow(function)


def _chain_of(steps: int) -> Callable[..., int]:
    def chain(x: int = 0) -> int:
        for _ in range(steps):
            x = increment(x=x)
        return x

    return _named(chain, f"chain_{steps}")


def _cached_chain_of(steps: int) -> Callable[..., int]:
    def chain(x: int = 0) -> int:
        for _ in range(steps):
            x = cached_increment(x=x)
        return x

    return _named(chain, f"cached_chain_{steps}")


def _fan_of(nodes: int) -> Callable[..., int]:
    def fan(x: int = 0) -> int:
        return total(xs=[increment(x=x) for _ in range(nodes)])

    return _named(fan, f"fan_{nodes}")


globals().update({f"chain_{steps}": _chain_of(steps) for steps in CHAINS})
globals().update({f"cached_chain_{steps}": _cached_chain_of(steps) for steps in CHAINS})
globals().update({f"fan_{nodes}": _fan_of(nodes) for nodes in FANS})
