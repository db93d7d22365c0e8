"""Rows of items of map nodes: one row for each node and transaction, holding what changed of its items, packed.

A record is a head of fixed size, then its parts. Of one item the last record counts.
"""

import sqlite3
import struct
from collections.abc import Iterable, Iterator

from godwit_core.engine.phases import CacheStatus
from godwit_core.engine.state import Finished, Progress, Record
from godwit_core.store.packing import pack, unpack

_KIND = struct.Struct(">BI")
_FINISHED = struct.Struct(">HBIH")
_PROGRESS = struct.Struct(">HBHHHHQB")
_REASONS = ("", "TIMEOUT_ATTEMPT", "TIMEOUT_DEADLINE", "FAIL_FAST", "ABORTED")
_PROGRESS_KIND, _SUCCESS_KIND, _FAILURE_KIND = 1, 2, 3


def insert(connection: sqlite3.Connection, execution: int, node: int, sequence: int, records: Iterable[Record]) -> None:
    """Write what changed of the items of a map node, as its row number *sequence*."""
    data = b"".join(part for record in records for part in _encode(record))
    connection.execute(
        "INSERT INTO map_items (execution, node, sequence, data) VALUES (?, ?, ?, ?)", (execution, node, sequence, data)
    )


def load(connection: sqlite3.Connection, execution: int, node: int) -> Iterator[Record]:
    """Yield what was written of the items of a map node, in order."""
    rows = connection.execute(
        "SELECT data FROM map_items WHERE execution = ? AND node = ? ORDER BY sequence", (execution, node)
    )
    for (data,) in rows:
        yield from _decode(data)


def load_map(connection: sqlite3.Connection, execution: int, node: int) -> tuple[Iterator[Record], int]:
    """Return what was written of the items of a map node, in order, and the number of its rows."""
    query = "SELECT count(*) FROM map_items WHERE execution = ? AND node = ?"
    return load(connection, execution, node), int(connection.execute(query, (execution, node)).fetchone()[0])


def _encode(record: Record) -> tuple[bytes, ...]:
    if isinstance(record, Progress):
        reason = _REASONS.index(record.cancelling)
        return (
            _KIND.pack(_PROGRESS_KIND, record.item),
            _PROGRESS.pack(
                record.attempt,
                record.running,
                record.failures,
                record.infrastructure_failures,
                record.engine_losses,
                record.growths,
                record.due_us,
                reason,
            ),
        )
    kind, body = (_FAILURE_KIND, record.error) if record.outputs is None else (_SUCCESS_KIND, pack(record.outputs))
    head = _FINISHED.pack(record.attempt, record.cache, len(body), len(record.log))
    return (_KIND.pack(kind, record.item), head, body, record.log)


def _decode(data: bytes) -> Iterator[Record]:
    at = 0
    while at < len(data):
        kind, item = _KIND.unpack_from(data, at)
        at += _KIND.size
        if kind == _PROGRESS_KIND:
            attempt, running, failures, infrastructure, engine, growths, due, reason = _PROGRESS.unpack_from(data, at)
            at += _PROGRESS.size
            budgets = (failures, infrastructure, engine, growths)
            yield Progress(item, attempt, bool(running), *budgets, due, _REASONS[reason])
            continue
        attempt, cache, body_length, log_length = _FINISHED.unpack_from(data, at)
        at += _FINISHED.size
        body = data[at : at + body_length]
        at += body_length
        log = data[at : at + log_length]
        at += log_length
        if kind == _SUCCESS_KIND:
            yield Finished(item, attempt, CacheStatus(cache), unpack(body), b"", log)
        else:
            yield Finished(item, attempt, CacheStatus(cache), None, body, log)
