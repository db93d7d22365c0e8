"""What waits for a place, and whose turn it is. Pure.

Of several executions those of the highest priority come first, and those of equal priority take turns. Within an
execution, what became ready first comes first; what has to wait for a limit does not hold up what is not under it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from typing import Generic, NamedTuple, TypeVar

from godwit_core.runtime.limits import Demand, Limits

Item = TypeVar("Item")
Order = tuple[int, int]
"""Who comes before whom where they want the same: the higher priority, then who came first."""


class _Entry(NamedTuple, Generic[Item]):
    number: int
    item: Item


class _Group(Generic[Item]):
    """What waits of one execution, by what it claims."""

    __slots__ = ("key", "lanes", "priority")

    def __init__(self, key: int, priority: int) -> None:
        self.key = key
        self.priority = priority
        self.lanes: dict[Demand, deque[_Entry[Item]]] = {}


class WaitingList(Generic[Item]):
    """Items that wait. *is_wanted* tells whether one still does: what was withdrawn is passed over."""

    def __init__(self, is_wanted: Callable[[Item], bool] = lambda _: True) -> None:
        self._is_wanted = is_wanted
        self._numbers = count()
        self._groups: dict[int, _Group[Item]] = {}
        self._turns: dict[int, deque[_Group[Item]]] = {}

    def __bool__(self) -> bool:
        return bool(self._groups)

    def groups(self) -> int:
        """Return of how many executions something waits, or has waited and was withdrawn since."""
        return len(self._groups)

    def add(self, group: int, item: Item, demand: Demand = (), priority: int = 0) -> None:
        """Have *item* of the execution *group*, whose priority never changes, wait until *demand* is free."""
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = _Group(group, priority)
            if priority not in self._turns:
                self._turns[priority] = deque()
                self._turns = dict(sorted(self._turns.items(), reverse=True))
            self._turns[priority].append(found)
        lane = found.lanes.get(demand)
        if lane is None:
            lane = found.lanes[demand] = deque()
        lane.append(_Entry(next(self._numbers), item))

    def pick_all(self, limits: Limits, among: Callable[[Demand], bool] | None = None) -> Iterator[tuple[Item, Demand]]:
        """Yield one item after the other that may start. The caller takes its demand before it asks for the next.

        *among*: which demands are looked at; None: all.
        """
        reserved = self._reservations(limits)
        while (picked := self._pick(limits, reserved, among)) is not None:
            yield picked

    def _pick(
        self, limits: Limits, reserved: dict[tuple[str, ...], Order], among: Callable[[Demand], bool] | None
    ) -> tuple[Item, Demand] | None:
        for turns in list(self._turns.values()):
            for _ in range(len(turns)):
                group = turns[0]
                demand = self._first(group, limits, reserved, among)
                if demand is None and group.lanes:
                    turns.rotate(-1)
                    continue
                item = None if demand is None else group.lanes[demand].popleft().item
                self._tidy(turns, group, demand)
                if item is not None and demand is not None:
                    return item, demand
        return None

    def _first(
        self,
        group: _Group[Item],
        limits: Limits,
        reserved: dict[tuple[str, ...], Order],
        among: Callable[[Demand], bool] | None,
    ) -> Demand | None:
        """Return the demand of the item of *group* that is to start; None where none may."""
        best: tuple[int, Demand] | None = None
        for demand, lane in list(group.lanes.items()):
            if among is not None and not among(demand):
                continue
            number = self._head(group, demand, lane)
            if number is None or (best is not None and best[0] < number):
                continue
            if not demand or (limits.fits(demand) and not _is_reserved(demand, reserved, (-group.priority, number))):
                best = (number, demand)
        return None if best is None else best[1]

    def _head(self, group: _Group[Item], demand: Demand, lane: deque[_Entry[Item]]) -> int | None:
        """Return the number of a lane's first item that is still wanted; an empty lane is removed."""
        while lane:
            if self._is_wanted(lane[0].item):
                return lane[0].number
            lane.popleft()
        del group.lanes[demand]
        return None

    def _tidy(self, turns: deque[_Group[Item]], group: _Group[Item], demand: Demand | None) -> None:
        """Put *group*, which is the first of *turns*, behind the others, or away if nothing of it waits any more."""
        if demand is not None and not group.lanes[demand]:
            del group.lanes[demand]
        turns.popleft()
        if group.lanes:
            turns.append(group)
            return
        del self._groups[group.key]
        if not turns:
            del self._turns[group.priority]

    def _reservations(self, limits: Limits) -> dict[tuple[str, ...], Order]:
        """Return the resources that are kept for what is the first to want more of them than is free."""
        reserved: dict[tuple[str, ...], Order] = {}
        for group in self._groups.values():
            for demand, lane in list(group.lanes.items()):
                blocked = [claim for claim in demand if not limits.is_free(claim)]
                if not blocked or not all(claim.is_resource for claim in blocked):
                    continue
                number = self._head(group, demand, lane)
                if number is None:
                    continue
                order = (-group.priority, number)
                for claim in blocked:
                    reserved[claim.name] = min(order, reserved.get(claim.name, order))
        return reserved


def _is_reserved(demand: Demand, reserved: dict[tuple[str, ...], Order], order: Order) -> bool:
    return bool(reserved) and any(reserved.get(claim.name, order) < order for claim in demand)
