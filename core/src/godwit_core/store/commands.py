"""Rows of commands: what any process asks of the engine that holds an execution."""

import sqlite3

ABORT = "abort"
ABORT_NOW = "abort now"
SIGNAL = "signal"


def insert(connection: sqlite3.Connection, execution: int, kind: str, data: str) -> None:
    """Add a command."""
    connection.execute("INSERT INTO commands (execution, kind, data) VALUES (?, ?, ?)", (execution, kind, data))


def pending(connection: sqlite3.Connection, engine: int) -> list[tuple[int, int, str, str]]:
    """Return id, execution, kind and data of the commands for executions that *engine* holds, in order."""
    return connection.execute(
        "SELECT c.id, c.execution, c.kind, c.data FROM commands c JOIN executions e ON e.id = c.execution"
        " WHERE e.engine = ? ORDER BY c.id",
        (engine,),
    ).fetchall()


def of_execution(connection: sqlite3.Connection, execution: int, kind: str) -> list[str]:
    """Return the data of the commands of one kind that an execution has not carried out yet, in order."""
    rows = connection.execute(
        "SELECT data FROM commands WHERE execution = ? AND kind = ? ORDER BY id", (execution, kind)
    )
    return [str(row[0]) for row in rows]


def delete(connection: sqlite3.Connection, ids: list[int]) -> None:
    """Remove commands that were carried out."""
    connection.executemany("DELETE FROM commands WHERE id = ?", [(key,) for key in ids])
