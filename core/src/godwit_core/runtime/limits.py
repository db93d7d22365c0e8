"""Limits on what runs at a time: of an execution, a task, a named queue, and the resources of a host. Pure.

An attempt *claims* something of each limit that it is under, and may start when all of it is free. What it claims is
taken when it is handed to its backend, and free again when it has ended. A sub-workflow is no attempt and claims
nothing, so those that wait for others never keep them from running.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Claim(NamedTuple):
    """What one attempt takes of a limit.

    Attributes:
        name: of the limit: its kind, then what it is of.
        amount: how much is claimed; never more than *limit*, so that it fits when nothing else runs.
        limit: how much there is.
        is_resource: whether amounts differ, so that a large one could wait for ever while small ones pass it by.
    """

    name: tuple[str, ...]
    amount: int
    limit: int
    is_resource: bool = False


Demand = tuple[Claim, ...]
"""All that an attempt claims; empty: it is under no limit."""


def resource(name: tuple[str, ...], amount: int, limit: int | None) -> Iterable[Claim]:
    """Return the claim on a resource: none where nothing is asked for, or there is no limit."""
    return [Claim(name, min(amount, limit), limit, is_resource=True)] if amount and limit else []


def place(name: tuple[str, ...], limit: int | None) -> Iterable[Claim]:
    """Return the claim on one of *limit* places: none where there is no limit."""
    return [Claim(name, 1, limit)] if limit else []


class Limits:
    """What is taken of each limit."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, ...], int] = {}

    def is_free(self, claim: Claim) -> bool:
        """Return whether there is room for *claim*."""
        return self._taken.get(claim.name, 0) + claim.amount <= claim.limit

    def fits(self, demand: Demand) -> bool:
        """Return whether there is room for all of *demand*."""
        return all(map(self.is_free, demand))

    def take(self, demand: Demand) -> None:
        """Take all of *demand*, whether it fits or not: what runs already runs."""
        for claim in demand:
            self._taken[claim.name] = self._taken.get(claim.name, 0) + claim.amount

    def release(self, demand: Demand) -> None:
        """Give back what was taken."""
        for claim in demand:
            left = self._taken[claim.name] - claim.amount
            if left:
                self._taken[claim.name] = left
            else:
                del self._taken[claim.name]

    def taken(self, name: tuple[str, ...]) -> int:
        """Return how much of a limit is taken."""
        return self._taken.get(name, 0)
