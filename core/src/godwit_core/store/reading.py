"""What people ask of the database: lists, newest first, page by page; one execution with its nodes and attempts."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.event_pb2 import Event

from godwit_core.engine.phases import ExecutionPhase
from godwit_core.store import histories
from godwit_core.store.executions import COLUMNS, ExecutionRow, from_columns


def get_execution(connection: sqlite3.Connection, name: str) -> ExecutionRow:
    """Return the execution of that name, or of the one name that begins so.

    Raises:
        InvalidInput: there is none, or more than one.
    """
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM executions WHERE name = ?",
        (name,),
    ).fetchall()
    if not rows and name:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM executions WHERE substr(name, 1, length(?)) = ? LIMIT 2",
            (name, name),
        ).fetchall()
    if len(rows) != 1:
        what = "No execution is" if not rows else "More than one execution is"
        raise InvalidInput(f"{what} named {name!r}.", hint="See `godwit executions list`.", code="UNKNOWN_EXECUTION")
    return from_columns(rows[0])


def list_executions(
    connection: sqlite3.Connection, *, limit: int, before: int | None = None, phase: ExecutionPhase | None = None
) -> list[ExecutionRow]:
    """Return up to *limit* executions, newest first: those with an id below *before*, and of *phase*, where given."""
    query = (
        f"SELECT {COLUMNS} FROM executions WHERE (? IS NULL OR id < ?) AND (? IS NULL OR phase = ?)"
        " ORDER BY id DESC LIMIT ?"
    )
    return [from_columns(row) for row in connection.execute(query, (before, before, phase, phase, limit))]


def list_events(connection: sqlite3.Connection, execution: int, after: int = 0) -> Iterator[Event]:
    """Yield the events of an execution with a sequence above *after*."""
    return histories.load(connection, execution, after)


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Have all that is read in the block be of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def execution_name(connection: sqlite3.Connection, execution: int) -> str:
    """Return the name of an execution by its key; empty when it has been deleted."""
    found = connection.execute("SELECT name FROM executions WHERE id = ?", (execution,)).fetchone()
    return str(found[0]) if found else ""


def find_execution(connection: sqlite3.Connection, execution: int) -> ExecutionRow | None:
    """Return an execution by its key; None when it has been deleted."""
    found = connection.execute(f"SELECT {COLUMNS} FROM executions WHERE id = ?", (execution,)).fetchone()
    return from_columns(found) if found else None


def count_executions(connection: sqlite3.Connection) -> int:
    """Return how many executions there are."""
    return int(connection.execute("SELECT count(*) FROM executions").fetchone()[0])


def find_faults(connection: sqlite3.Connection) -> list[str]:
    """Return what is damaged in the database, five faults at most; empty when it is sound."""
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    return [] if found == ["ok"] else found
