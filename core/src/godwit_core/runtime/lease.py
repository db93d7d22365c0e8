"""Who may write an execution: the engine whose row is in the database, for as long as its lease lasts.

A dead engine is found without waiting for its lease: on one host, by its process; after a boot, by the boot's id.
"""

import os
import sqlite3
from collections.abc import Iterable

from godwit_plugin_api.errors import GodwitError

from godwit_core.runtime.clock import Clock, boot_id, host_name, process_start
from godwit_core.store import engines, executions
from godwit_core.store.connection import transaction
from godwit_core.store.engines import EngineRow

LEASE_US = 30_000_000
"""How long a lease holds that is not renewed, unless the engine's settings say otherwise."""
RENEWALS = 3
"""How often a lease is renewed in the time that it holds."""
RENEW_US = LEASE_US // RENEWALS


class LeaseLost(GodwitError):  # noqa: N818 - the term of the field
    """Another engine has taken over: this one was stopped for longer than its lease. It writes nothing more."""

    code = "LEASE_LOST"


def register(connection: sqlite3.Connection, clock: Clock, lease_us: int = LEASE_US, *, serves: bool = False) -> int:
    """Add this process as an engine, and return its id. *serves*: it takes executions that nobody holds."""
    process = os.getpid()
    until_us = clock.boot_us() + lease_us
    row = EngineRow(0, host_name(), boot_id(), process, process_start(process) or 0, until_us, serves)
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


def check_held(connection: sqlite3.Connection, engine: int, held: Iterable[tuple[int, str]]) -> None:
    """Make sure, in a transaction that writes them, that the engine holds executions, given by id and name.

    Raises:
        LeaseLost: another engine holds one of them, or nobody.
    """
    for execution, name in held:
        if not executions.is_held(connection, execution, engine):
            raise LeaseLost(
                f"This engine no longer holds execution {name}: another one has taken it over.",
                hint=f"Nothing is lost: watch it with `godwit executions watch {name}`.",
            )


def free_dead(connection: sqlite3.Connection, clock: Clock) -> list[int]:
    """Free what dead engines hold, so that others may claim it; return the ids of those engines."""
    dead: list[int] = []
    for row in engines.list_all(connection):
        if is_alive(row, clock):
            continue
        with transaction(connection):
            again = engines.get(connection, row.id)
            if again is not None and not is_alive(again, clock):
                engines.delete(connection, row.id)
                dead.append(row.id)
    return dead


def is_alive(row: EngineRow, clock: Clock) -> bool:
    """Return whether the engine of *row* may still be writing."""
    if row.host == host_name():
        if row.boot != boot_id():
            return False
        if process_start(row.process) != row.process_start:
            return False
    return row.lease_until_us > clock.boot_us()
