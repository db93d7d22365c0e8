"""Reading a home's database, beside an engine that may be writing it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from godwit_core.cli.session import Session
from godwit_core.runtime import lease
from godwit_core.runtime.clock import SystemClock
from godwit_core.store import engines
from godwit_core.store.connection import open_store, translated
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
    """Return `ALIVE` or `GONE`, as the engine is that should be running an execution; None of one that has ended."""
    if row.phase.final:
        return None
    holder = engines.get(connection, row.engine) if row.engine is not None else None
    return "ALIVE" if holder is not None and lease.is_alive(holder, SystemClock()) else "GONE"
