"""Cycles, and what lies behind them, of graphs whose nodes are small integers."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple


class Tangle(NamedTuple):
    """What keeps a graph from being run in order.

    Attributes:
        cycles: shortest cycle through the lowest node of each knot: nodes in order, the first not repeated.
        stuck: nodes that lie on no cycle, but behind one, so that they are never entered; sorted.
    """

    cycles: tuple[tuple[int, ...], ...]
    stuck: tuple[int, ...]


def downstream_of(upstream: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return, for each node, the nodes that name it as *upstream*; sorted, as the nodes are visited in order."""
    downstream: list[list[int]] = [[] for _ in upstream]
    for node, sources in enumerate(upstream):
        for source in sources:
            downstream[source].append(node)
    return downstream


def find_tangle(upstream: Sequence[Sequence[int]], downstream: Sequence[Sequence[int]]) -> Tangle | None:
    """Return the cycles of a graph and what lies behind them; None if it can be run in order."""
    waiting = [len(sources) for sources in upstream]
    ready = [node for node, count in enumerate(waiting) if not count]
    for node in ready:  # grows as it is read
        for reader in downstream[node]:
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    if len(ready) == len(upstream):
        return None
    tangled = {node for node, count in enumerate(waiting) if count}
    cycles: list[tuple[int, ...]] = []
    knotted: set[int] = set()
    for node in sorted(_without_ends(tangled, upstream, downstream)):
        if node in knotted:
            continue
        cycle = _shortest_cycle(node, downstream, tangled)
        if cycle:
            cycles.append(cycle)
            knotted |= _reach(node, downstream, tangled) & _reach(node, upstream, tangled)
    return Tangle(tuple(cycles), tuple(sorted(tangled - knotted)))


def _without_ends(
    tangled: set[int], upstream: Sequence[Sequence[int]], downstream: Sequence[Sequence[int]]
) -> set[int]:
    """Return the nodes that lie on a cycle or between two: the others need not be searched from."""
    left = {node: len(downstream[node]) for node in tangled}
    ends = [node for node, count in left.items() if not count]
    for node in ends:  # grows as it is read
        for source in upstream[node]:
            if source in left:
                left[source] -= 1
                if not left[source]:
                    ends.append(source)
    return tangled - set(ends)


def _shortest_cycle(start: int, downstream: Sequence[Sequence[int]], inside: set[int]) -> tuple[int, ...]:
    """Return the nodes of a shortest way from *start* back to itself; empty if there is none."""
    came_from: dict[int, int] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for reader in downstream[node]:
            if reader == start:
                path = [node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path))
            if reader in inside and reader not in came_from:
                came_from[reader] = node
                queue.append(reader)
    return ()


def _reach(start: int, edges: Sequence[Sequence[int]], inside: set[int]) -> set[int]:
    reached = {start}
    pending = [start]
    while pending:
        for node in edges[pending.pop()]:
            if node in inside and node not in reached:
                reached.add(node)
                pending.append(node)
    return reached
