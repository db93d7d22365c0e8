"""Who may write an execution: the engine whose row is in the database, for as long as its lease lasts.

A dead engine is found without waiting for its lease: on one host, by its process; after a boot, by the boot's id.
"""

import os
import sqlite3

from godwit_plugin_api.errors import GodwitError

from godwit_core.runtime.clock import Clock, boot_id, host_name, process_start
from godwit_core.store import engines
from godwit_core.store.connection import transaction
from godwit_core.store.engines import EngineRow

LEASE_US = 30_000_000
RENEW_US = 10_000_000


class LeaseLost(GodwitError):  # noqa: N818 - the term of the field
    """Another engine has taken over: this one was stopped for longer than its lease. It writes nothing more."""

    code = "LEASE_LOST"


def register(connection: sqlite3.Connection, clock: Clock) -> int:
    """Add this process as an engine, and return its id."""
    process = os.getpid()
    row = EngineRow(0, host_name(), boot_id(), process, process_start(process) or 0, clock.boot_us() + LEASE_US)
    with transaction(connection):
        return engines.insert(connection, row)


def check(connection: sqlite3.Connection, engine: int) -> None:
    """Make sure, first thing in a transaction, that the engine still holds its lease.

    Raises:
        LeaseLost: it does not.
    """
    if not engines.holds_lease(connection, engine):
        raise LeaseLost(
            "Another engine has taken over the executions of this one.",
            hint="Nothing is lost: watch them with `godwit executions watch`.",
        )


def is_alive(row: EngineRow, clock: Clock) -> bool:
    """Return whether the engine of *row* may still be writing."""
    if row.host == host_name():
        if row.boot != boot_id():
            return False
        if process_start(row.process) != row.process_start:
            return False
    return row.lease_until_us > clock.boot_us()
