"""Rows of engines: who is alive, and who holds which execution."""

import sqlite3
from typing import Any, NamedTuple


class EngineRow(NamedTuple):
    """One engine.

    *process_start* is in clock ticks since boot: it tells a process from a later one with its id. *serves*: whether it
    takes executions of the home that nobody holds.
    """

    id: int
    host: str
    boot: str
    process: int
    process_start: int
    lease_until_us: int
    serves: bool = False


_COLUMNS = "id, host, boot, process, process_start, lease_until_us, serves"


def insert(connection: sqlite3.Connection, row: EngineRow) -> int:
    """Add an engine (its `id` is ignored), and return its id."""
    cursor = connection.execute(
        "INSERT INTO engines (host, boot, process, process_start, lease_until_us, serves) VALUES (?, ?, ?, ?, ?, ?)",
        (row.host, row.boot, row.process, row.process_start, row.lease_until_us, row.serves),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def holds_lease(connection: sqlite3.Connection, engine: int) -> bool:
    """Return whether the engine's row is still there: whoever takes its executions over deletes it."""
    return connection.execute("SELECT 1 FROM engines WHERE id = ?", (engine,)).fetchone() is not None


def renew(connection: sqlite3.Connection, engine: int, lease_until_us: int) -> None:
    """Extend the lease."""
    connection.execute("UPDATE engines SET lease_until_us = ? WHERE id = ?", (lease_until_us, engine))


def get(connection: sqlite3.Connection, engine: int) -> EngineRow | None:
    """Return one engine."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM engines WHERE id = ?", (engine,)).fetchone()
    return _from_columns(row) if row else None


def list_all(connection: sqlite3.Connection) -> list[EngineRow]:
    """Return the engines that have a row: those that live, and dead ones that nobody has taken over from yet."""
    return [_from_columns(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM engines ORDER BY id")]


def _from_columns(columns: tuple[Any, ...]) -> EngineRow:
    return EngineRow(*columns)._replace(serves=bool(columns[6]))


def count_held(connection: sqlite3.Connection) -> dict[int, int]:
    """Return how many executions each engine holds that holds any."""
    query = "SELECT engine, count(*) FROM executions WHERE engine IS NOT NULL GROUP BY engine"
    return dict(connection.execute(query).fetchall())


def serving_hold(connection: sqlite3.Connection) -> bool:
    """Return whether an engine that serves, alive or dead, holds an execution."""
    query = "SELECT 1 FROM executions x JOIN engines e ON e.id = x.engine WHERE e.serves LIMIT 1"
    return connection.execute(query).fetchone() is not None


def delete(connection: sqlite3.Connection, engine: int) -> None:
    """Remove an engine, and free what it holds; every transaction that it still begins finds its lease lost."""
    connection.execute("DELETE FROM engines WHERE id = ?", (engine,))
    connection.execute("UPDATE executions SET engine = NULL WHERE engine = ?", (engine,))
