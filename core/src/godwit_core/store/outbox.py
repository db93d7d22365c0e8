"""Rows of what must still leave the house: batches of events that were stored and that listeners may not have heard."""

import sqlite3
from collections.abc import Iterable


def insert(connection: sqlite3.Connection, engine: int, execution: int, sequence: int) -> int:
    """Note that *engine* is to tell the events stored under *sequence* of an execution; return the note's id."""
    cursor = connection.execute(
        "INSERT INTO outbox (engine, execution, sequence) VALUES (?, ?, ?)", (engine, execution, sequence)
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def delete(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Remove notes of what was told."""
    connection.executemany("DELETE FROM outbox WHERE id = ?", [(key,) for key in ids])


def orphans(connection: sqlite3.Connection) -> list[tuple[int, str, str, str, bytes]]:
    """Return what engines that are gone left untold: note; project, domain, name of the execution; events."""
    return connection.execute(
        "SELECT o.id, x.project, x.domain, x.name, e.data FROM outbox o JOIN executions x ON x.id = o.execution"
        " JOIN events e ON e.execution = o.execution AND e.sequence = o.sequence"
        " WHERE o.engine NOT IN (SELECT id FROM engines) ORDER BY o.id"
    ).fetchall()
