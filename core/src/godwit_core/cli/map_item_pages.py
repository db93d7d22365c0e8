"""Items of a map as people and programs read them: a page at a time, from their rows, however many there are."""

import re
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.event_pb2 import LogSlice

from godwit_core.cli.stored_executions import Attempt, StoredExecution
from godwit_core.engine.phases import CacheStatus, NodePhase
from godwit_core.engine.state import Finished, Node, Record
from godwit_core.store import map_items
from godwit_core.store.map_items import Standing

_ITEM = re.compile(r"(?P<node>.+?)/?\[(?P<item>\d+)\]")


@dataclass(frozen=True, slots=True)
class MapItem:
    """One item of a map.

    Attributes:
        index: its place in the list, from 0.
        attempts: how often it was tried.
        cache: what the cache did; None as long as it has not ended, and where it was recovered.
        error: why it failed; None when it has not.
        duration_s: how long its last attempt took; None: unknown. Of attempts that succeeded nothing is kept.
        log: where what its last attempt wrote lies; None: nowhere.
    """

    index: int
    phase: NodePhase
    attempts: int
    cache: CacheStatus | None = None
    error: ExecutionError | None = None
    duration_s: float | None = None
    log: LogSlice | None = None


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Some items of a map, in the order of the list. *next*: after which index the next page begins; None: no more."""

    items: Sequence[MapItem]
    next: int | None


def split_item(path: str) -> tuple[str, int | None]:
    """Return the node and the index that a text such as `n0[3]` or `n0/[3]` names; None for the index of a node."""
    found = _ITEM.fullmatch(path)
    return (found["node"], int(found["item"])) if found else (path, None)


def item_path(text: str) -> str:
    """Return a path as it is stored: `n0/[3]/n1` of `n0[3]/n1`."""
    return re.sub(r"(?<=[^/])\[(?=\d+\](/|$))", "/[", text)


def find_map(stored: StoredExecution, path: str | None) -> Node:
    """Return the map node that *path* names, or the only one of the execution.

    Raises:
        InvalidInput: there is none, or no map has that path.
    """
    maps = [node for node in stored.state.nodes if node.plan.map is not None]
    if path is None and len(maps) == 1:
        return maps[0]
    shown = ", ".join(node.path for node in maps[:20])
    hint = f"Its maps: {shown}." if maps else "It has no map."
    if path is None:
        raise InvalidInput(f"Execution {stored.row.name} has {len(maps)} maps.", hint=hint, code="UNKNOWN_NODE")
    node = stored.node(path)
    if node.plan.map is None:
        raise InvalidInput(f"Node {node.path} of execution {stored.row.name} is no map.", hint=hint, code="NOT_A_MAP")
    return node


def read_page(
    connection: sqlite3.Connection,
    stored: StoredExecution,
    node: Node,
    *,
    after: int = -1,
    size: int,
    phases: Collection[NodePhase] = (),
) -> ItemPage:
    """Return up to *size* items of a map node: those with an index above *after*, and in one of *phases*, where given.

    The rows are gone through once for how every item stands, a byte each, and once for the items of the page.
    """
    standings = map_items.standings(connection, stored.row.id, node.number, node.items)
    without, ended = _phase_without_record(node), (NodePhase.SUCCEEDED, NodePhase.FAILED, NodePhase.RECOVERED)
    possible = {Standing.LIVE} | ({Standing.NO_RECORD} if not phases or without in phases else set())
    possible |= {Standing[phase.name] for phase in ended if not phases or phase in phases}
    live: Mapping[int, Record] = {}
    if phases:
        live_items = {index for index in range(after + 1, len(standings)) if standings[index] == Standing.LIVE}
        live = map_items.records_of(connection, stored.row.id, node.number, live_items) if live_items else {}

    def is_wanted(index: int) -> bool:
        standing = standings[index]
        if standing == Standing.NO_RECORD and _is_open(node, index):
            return not phases or NodePhase.RUNNING in phases
        if phases and standing == Standing.LIVE:
            return _phase(node, live[index]) in phases
        return standing in possible

    found = list(islice(filter(is_wanted, range(after + 1, len(standings))), size + 1))
    shown = found[:size]
    records = map_items.records_of(connection, stored.row.id, node.number, set(shown))
    items = [_item(stored, node, index, records.get(index), without) for index in shown]
    return ItemPage(items, shown[-1] if len(found) > size else None)


def check_item(node: Node, index: int) -> None:
    """Make sure that a map node has an item *index*.

    Raises:
        InvalidInput: it has none.
    """
    if index >= node.items:
        hint = f"It has {node.items}, counted from 0." if node.items else "It has none yet."
        raise InvalidInput(f"Map {node.path} has no item {index}.", hint=hint, code="UNKNOWN_NODE")


def item_attempts(
    connection: sqlite3.Connection, stored: StoredExecution, only: str | None, number: int | None
) -> Iterator[tuple[str, Attempt]]:
    """Yield the last attempts of the items that have ended and written something, map by map, as they ended.

    The history has only the attempts of items that failed; of the others, their rows tell where their logs are.
    *only* is the path of a node or item, *number* that of an attempt.
    """
    for node in stored.state.nodes:
        if node.plan.map is None or not (_is_within(node.path, only) or _is_within(only or "", node.path)):
            continue
        for record in map_items.load(connection, stored.row.id, node.number):
            path = f"{node.path}/[{record.item}]"
            if not isinstance(record, Finished) or not record.log or number not in {None, record.attempt}:
                continue
            if _is_within(path, only):
                yield path, Attempt(record.attempt, log=LogSlice.FromString(record.log))


def _is_within(path: str, only: str | None) -> bool:
    return only is None or path == only or path.startswith(f"{only}/")


def _is_open(node: Node, index: int) -> bool:
    """Return whether an item is a workflow under way."""
    return not node.phase.final and node.map is not None and index in node.map.live


def _phase_without_record(node: Node) -> NodePhase:
    """Return how the items of *node* stand of which nothing is stored."""
    if node.phase is NodePhase.RECOVERED:
        return NodePhase.RECOVERED
    return NodePhase.SKIPPED if node.phase.final else NodePhase.PENDING


def _phase(node: Node, record: Record) -> NodePhase:
    if isinstance(record, Finished):
        if record.recovered:
            return NodePhase.RECOVERED
        return NodePhase.FAILED if record.error else NodePhase.SUCCEEDED
    if node.phase.final:
        return NodePhase.ABORTED
    if record.running:
        return NodePhase.RUNNING
    return NodePhase.WAITING if record.due_us else NodePhase.QUEUED


def _item(stored: StoredExecution, node: Node, index: int, record: Record | None, without: NodePhase) -> MapItem:
    if record is None:
        return MapItem(index, NodePhase.RUNNING if _is_open(node, index) else without, 0)
    duration_s = _duration_s(stored.attempts.get(f"{node.path}/[{index}]", ()), record.attempt)
    phase = _phase(node, record)
    if not isinstance(record, Finished):
        return MapItem(index, phase, record.attempt, duration_s=duration_s)
    error = ExecutionError.FromString(record.error) if record.error else None
    log = LogSlice.FromString(record.log) if record.log else None
    cache = None if record.cache is CacheStatus.UNSPECIFIED else record.cache
    return MapItem(index, phase, record.attempt, cache, error, duration_s, log)


def _duration_s(attempts: Sequence[Attempt], number: int) -> float | None:
    return next((one.wall_s or None for one in attempts if one.number == number), None)
