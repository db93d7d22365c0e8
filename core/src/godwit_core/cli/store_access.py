"""Reading a home's database, beside an engine that may be writing it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from godwit_core.cli.session import Session
from godwit_core.runtime import lease
from godwit_core.runtime.clock import SystemClock
from godwit_core.store import engines
from godwit_core.store.connection import open_store, translated
from godwit_core.store.engines import EngineRow
from godwit_core.store.executions import ExecutionRow


@contextmanager
def opened_store(session: Session) -> Iterator[sqlite3.Connection]:
    """Open the home's database; nothing is made where there is none.

    Raises:
        StoreError: there is no database, or it cannot be used.
    """
    connection = open_store(session.database, create=False)
    try:
        with translated(session.database):
            yield connection
    finally:
        connection.close()


def engine_of(connection: sqlite3.Connection, row: ExecutionRow) -> str | None:
    """Return how the engine is that should be running an execution; None of one that has ended.

    `ALIVE`; `GONE`: it is dead, and nobody has taken the execution yet; `WAITING`: nobody holds the execution.
    """
    if row.phase.final:
        return None
    if row.engine is None:
        return "WAITING"
    return "ALIVE" if holder_of(connection, row) is not None else "GONE"


def holder_of(connection: sqlite3.Connection, row: ExecutionRow) -> EngineRow | None:
    """Return the living engine that holds an execution; None without one."""
    holder = engines.get(connection, row.engine) if row.engine is not None else None
    return holder if holder is not None and lease.is_alive(holder, SystemClock()) else None


def holder_json(holder: EngineRow | None) -> dict[str, Any] | None:
    """Return the engine that holds an execution, for programs."""
    return None if holder is None else {"engine": holder.id, "process": holder.process, "host": holder.host}


def is_served(connection: sqlite3.Connection) -> bool:
    """Return whether a living engine takes executions that nobody holds."""
    return any(row.serves and lease.is_alive(row, SystemClock()) for row in engines.list_all(connection))


def remedy(name: str, engine: str | None) -> str:
    """Return what to do about an execution that no living engine holds; empty where nothing needs to be done."""
    if engine == "WAITING":
        return f"It waits for an engine. Run: godwit engine run, or: godwit executions resume {name}"
    if engine == "GONE":
        return f"Its engine is gone. Go on with: godwit executions resume {name}, or: godwit engine run"
    return ""
