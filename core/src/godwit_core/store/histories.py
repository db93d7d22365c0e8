"""Rows of events: one row for each execution and transaction, under the number of its last event.

It holds the events end to end, each after its length.
"""

import sqlite3
from collections.abc import Iterator

from godwitidl.core.v1.event_pb2 import Event
from godwitidl.rules.framing import FrameReader


def append(connection: sqlite3.Connection, execution: int, last_sequence: int, data: bytes) -> None:
    """Add framed events; the last of them has the number *last_sequence*."""
    connection.execute(
        "INSERT INTO events (execution, sequence, data) VALUES (?, ?, ?)", (execution, last_sequence, data)
    )


def last_sequence(connection: sqlite3.Connection, execution: int) -> int:
    """Return the number of the last event of an execution; 0 when it has none."""
    row = connection.execute("SELECT max(sequence) FROM events WHERE execution = ?", (execution,)).fetchone()
    return int(row[0] or 0)


def last_time_us(connection: sqlite3.Connection, execution: int) -> int:
    """Return the time of the last event of an execution, in microseconds since the epoch; 0 when it has none."""
    row = connection.execute(
        "SELECT data FROM events WHERE execution = ? ORDER BY sequence DESC LIMIT 1", (execution,)
    ).fetchone()
    return Event.FromString(FrameReader().feed(row[0])[-1]).time.ToMicroseconds() if row else 0


def load(connection: sqlite3.Connection, execution: int, after: int = 0) -> Iterator[Event]:
    """Yield the events of an execution with a sequence above *after*, in order."""
    rows = connection.execute(
        "SELECT data FROM events WHERE execution = ? AND sequence > ? ORDER BY sequence", (execution, after)
    )
    for (data,) in rows:
        for frame in FrameReader().feed(data):
            event = Event.FromString(frame)
            if event.sequence > after:
                yield event
