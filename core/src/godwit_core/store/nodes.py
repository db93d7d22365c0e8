"""Rows of nodes."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from godwit_core.engine.phases import CacheStatus, NodePhase
from godwit_core.engine.state import Node
from godwit_core.store.packing import pack


class NodeRow(NamedTuple):
    """One node that has left the phase PENDING. Fields as in `godwit_core.engine.state.Node`; *outputs* are packed."""

    node: int
    phase: NodePhase
    attempt: int
    failures: int
    infrastructure_failures: int
    engine_losses: int
    growths: int
    cache: CacheStatus
    cache_key: bytes
    ready_us: int
    started_us: int
    finished_us: int
    due_us: int
    cancelling: str
    outputs: bytes | None
    error: bytes
    usage: bytes
    log: bytes
    handle: bytes
    items: int
    items_succeeded: int
    items_failed: int
    reproductions: int
    reuse_key: bytes


COLUMNS = (
    "node, phase, attempt, failures, infrastructure_failures, engine_losses, growths, cache, cache_key,"
    " ready_us, started_us, finished_us, due_us, cancelling, outputs, error, attempt_usage, log, handle, items,"
    " items_succeeded, items_failed, reproductions, reuse_key"
)

_UPSERT = (
    f"INSERT INTO nodes (execution, {COLUMNS}) VALUES (?, {', '.join('?' for _ in COLUMNS.split(','))})"
    " ON CONFLICT (execution, node) DO UPDATE SET "
    + ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in COLUMNS.split(",")[1:])
)


def upsert(connection: sqlite3.Connection, execution: int, nodes: Iterable[Node]) -> None:
    """Write the rows of *nodes*."""
    connection.executemany(
        _UPSERT,
        [
            (
                execution,
                node.number,
                node.phase,
                node.attempt,
                node.failures,
                node.infrastructure_failures,
                node.engine_losses,
                node.growths,
                node.cache,
                node.cache_key,
                node.ready_us,
                node.started_us,
                node.finished_us,
                node.due_us,
                node.cancelling,
                None if node.outputs is None else pack(node.outputs),
                node.error,
                node.usage,
                node.log,
                node.handle,
                node.items,
                node.items_succeeded,
                node.items_failed,
                node.reproductions,
                node.reuse_key,
            )
            for node in nodes
        ],
    )


def load(
    connection: sqlite3.Connection, execution: int, first: int = 0, count: int = (1 << 63) - 1
) -> Iterator[NodeRow]:
    """Yield the rows of an execution, by number: those of up to *count* nodes from number *first* on."""
    query = f"SELECT {COLUMNS} FROM nodes WHERE execution = ? AND node BETWEEN ? AND ? ORDER BY node"
    rows = connection.execute(query, (execution, first, first + count - 1))
    return (_row(*columns) for columns in rows)


_PHASES = {int(phase): phase for phase in NodePhase}
_CACHES = {int(status): status for status in CacheStatus}
_SUCCEEDED = (int(NodePhase.SUCCEEDED), int(NodePhase.RECOVERED))


def reuse_key_of_success(connection: sqlite3.Connection, execution: int, node: int) -> bytes | None:
    """Return the reuse key of a node that has succeeded; None of another, and of one without."""
    row = connection.execute(
        "SELECT reuse_key FROM nodes WHERE execution = ? AND node = ? AND phase IN (?, ?)",
        (execution, node, *_SUCCEEDED),
    ).fetchone()
    return (row[0] or None) if row else None


def successes(connection: sqlite3.Connection, execution: int) -> Iterator[tuple[bytes, int]]:
    """Yield reuse key and number of each node that has succeeded and has such a key, by number."""
    rows = connection.execute(
        "SELECT reuse_key, node FROM nodes WHERE execution = ? AND phase IN (?, ?) ORDER BY node",
        (execution, *_SUCCEEDED),
    )
    return ((key, node) for key, node in rows if key)


def recovered(connection: sqlite3.Connection, execution: int) -> Iterator[tuple[bytes, int]]:
    """Yield reuse key and number of each node that took over a result by such a key, by number."""
    rows = connection.execute(
        "SELECT reuse_key, node FROM nodes WHERE execution = ? AND phase = ? ORDER BY node",
        (execution, int(NodePhase.RECOVERED)),
    )
    return ((key, node) for key, node in rows if key)


def maps(connection: sqlite3.Connection, execution: int) -> list[int]:
    """Return the numbers of the map nodes that have had items, in order."""
    rows = connection.execute("SELECT node FROM nodes WHERE execution = ? AND items > 0 ORDER BY node", (execution,))
    return [int(node) for (node,) in rows]


def phase(connection: sqlite3.Connection, execution: int, node: int) -> NodePhase:
    """Return the phase of a node; PENDING where it has no row yet."""
    query = "SELECT phase FROM nodes WHERE execution = ? AND node = ?"
    row = connection.execute(query, (execution, node)).fetchone()
    return NodePhase.PENDING if row is None else _PHASES[row[0]]


def outputs(connection: sqlite3.Connection, execution: int, node: int) -> bytes | None:
    """Return the packed outputs of a node; None of one that has none."""
    row = connection.execute("SELECT outputs FROM nodes WHERE execution = ? AND node = ?", (execution, node)).fetchone()
    return row[0] if row else None


def _row(node: int, phase: int, *rest: Any) -> NodeRow:
    counters, cache, others = rest[:5], _CACHES[rest[5]], rest[6:-1]
    reuse_key = rest[-1] or b""
    return NodeRow(  # type: ignore[call-arg]  # as many as columns
        node, _PHASES[phase], *counters, cache, *others, reuse_key
    )
