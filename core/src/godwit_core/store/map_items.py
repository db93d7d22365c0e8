"""Rows of items of map nodes: one row for each node and transaction, holding what changed of its items, packed.

A record is a head of fixed size, then its parts. Of one item the last record counts.
"""

import sqlite3
import struct
from collections.abc import Collection, Iterable, Iterator
from enum import IntEnum

from godwit_core.engine.phases import CacheStatus
from godwit_core.engine.state import Finished, Progress, Record
from godwit_core.store.packing import pack, unpack

_KIND = struct.Struct(">BI")
_FINISHED = struct.Struct(">HBIH")
_PROGRESS = struct.Struct(">HBHHHHQB")
_REASONS = ("", "TIMEOUT_ATTEMPT", "TIMEOUT_DEADLINE", "FAIL_FAST", "ABORTED")


class Standing(IntEnum):
    """How an item stands, and the kind of its last record."""

    NO_RECORD = 0
    LIVE = 1
    SUCCEEDED = 2
    FAILED = 3
    RECOVERED = 4


_PROGRESS_KIND, _SUCCESS_KIND, _FAILURE_KIND, _RECOVERED_KIND = (
    int(one) for one in (Standing.LIVE, Standing.SUCCEEDED, Standing.FAILED, Standing.RECOVERED)
)


def insert(connection: sqlite3.Connection, execution: int, node: int, sequence: int, records: Iterable[Record]) -> None:
    """Write what changed of the items of a map node, as its row number *sequence*."""
    data = b"".join(part for record in records for part in _encode(record))
    connection.execute(
        "INSERT INTO map_items (execution, node, sequence, data) VALUES (?, ?, ?, ?)", (execution, node, sequence, data)
    )


def load(connection: sqlite3.Connection, execution: int, node: int) -> Iterator[Record]:
    """Yield what was written of the items of a map node, in order."""
    for data in _rows(connection, execution, node):
        yield from _decode(data)


def next_row(
    connection: sqlite3.Connection, execution: int, node: int, after: int
) -> tuple[int, Iterator[Record]] | None:
    """Return number and records of the row of a map node that follows row number *after*; None after the last."""
    row = connection.execute(
        "SELECT sequence, data FROM map_items WHERE execution = ? AND node = ? AND sequence > ?"
        " ORDER BY sequence LIMIT 1",
        (execution, node, after),
    ).fetchone()
    return None if row is None else (int(row[0]), _decode(row[1]))


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
    if record.outputs is None:
        kind, body = _FAILURE_KIND, record.error
    else:
        kind, body = _RECOVERED_KIND if record.recovered else _SUCCESS_KIND, pack(record.outputs)
    head = _FINISHED.pack(record.attempt, record.cache, len(body), len(record.log))
    return (_KIND.pack(kind, record.item), head, body, record.log)


def _decode(data: bytes) -> Iterator[Record]:
    at = 0
    while at < len(data):
        record, at = _record_at(data, at)
        yield record


def _record_at(data: bytes, at: int) -> tuple[Record, int]:
    """Return the record that begins at *at*, and where it ends."""
    kind, item = _KIND.unpack_from(data, at)
    at += _KIND.size
    if kind == _PROGRESS_KIND:
        attempt, running, failures, infrastructure, engine, growths, due, reason = _PROGRESS.unpack_from(data, at)
        budgets = (failures, infrastructure, engine, growths)
        return Progress(item, attempt, bool(running), *budgets, due, _REASONS[reason]), at + _PROGRESS.size
    attempt, cache, body_length, log_length = _FINISHED.unpack_from(data, at)
    at += _FINISHED.size
    body = data[at : at + body_length]
    at += body_length
    log = data[at : at + log_length]
    at += log_length
    if kind != _FAILURE_KIND:
        return Finished(item, attempt, CacheStatus(cache), unpack(body), b"", log), at
    return Finished(item, attempt, CacheStatus(cache), None, body, log), at


def _heads(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield item, kind and place of each record of a row, without reading what it holds."""
    at = 0
    while at < len(data):
        kind, item = _KIND.unpack_from(data, at)
        yield item, kind, at
        at += _KIND.size
        if kind == _PROGRESS_KIND:
            at += _PROGRESS.size
        else:
            _, _, body_length, log_length = _FINISHED.unpack_from(data, at)
            at += _FINISHED.size + body_length + log_length


def standings(connection: sqlite3.Connection, execution: int, node: int, count: int) -> bytearray:
    """Return of each of the *count* items of a map node how it stands: a byte of `Standing`."""
    found = bytearray(count)
    for data in _rows(connection, execution, node):
        for item, kind, _ in _heads(data):
            found[item] = kind
    return found


def records_of(connection: sqlite3.Connection, execution: int, node: int, items: Collection[int]) -> dict[int, Record]:
    """Return the last record of each of *items* that has one; the others are passed over unread."""
    found: dict[int, Record] = {}
    for data in _rows(connection, execution, node):
        for item, _, at in _heads(data):
            if item in items:
                found[item] = _record_at(data, at)[0]
    return found


def _rows(connection: sqlite3.Connection, execution: int, node: int) -> Iterator[bytes]:
    query = "SELECT data FROM map_items WHERE execution = ? AND node = ? ORDER BY sequence"
    return (data for (data,) in connection.execute(query, (execution, node)))
