"""Rows of executions and registrations, as the engine writes them."""

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from godwit_core.engine.phases import ExecutionPhase
from godwit_core.engine.state import Execution


class ExecutionRow(NamedTuple):
    """One execution. *inputs* and *outputs* are packed (`packing.py`); *error* is an encoded `ExecutionError`.

    *recovers* is the id of the earlier execution whose results it reuses; 0: none. *max_parallelism* 0: no limit.
    *aborting* 1: an abort was asked for; 2: one that ends failure handlers, too. *backend* is the key of that of tasks
    that name none; empty: that of whoever holds it.
    """

    id: int
    name: str
    project: str
    domain: str
    entity: str
    version: str
    registration: int
    engine: int | None
    phase: ExecutionPhase
    overwrite_cache: bool
    run_what_can_run: bool | None
    aborting: int
    abort_reason: str
    inputs: bytes
    outputs: bytes | None
    error: bytes
    created_us: int
    finished_us: int
    recovers: int = 0
    max_parallelism: int = 0
    priority: int = 0
    backend: str = ""


class ScopeRow(NamedTuple):
    """One scope. *parent_node*: None of the root; *item*: of that map node, -1 where the parent is no map.

    *workflow* is the key of its plan.
    """

    parent_node: int | None
    workflow: int
    item: int


COLUMNS = (
    "id, name, project, domain, entity, version, registration, engine, phase, overwrite_cache, run_what_can_run, "
    "aborting, abort_reason, inputs, outputs, error, created_us, finished_us, recovers, max_parallelism, priority, "
    "backend"
)


def from_columns(columns: tuple[Any, ...]) -> ExecutionRow:
    """Return the row of values selected as `COLUMNS`."""
    row = list(columns)
    row[8] = ExecutionPhase(row[8])
    row[9] = bool(row[9])
    row[10] = None if row[10] is None else bool(row[10])
    return ExecutionRow(*row)


def add_registration(connection: sqlite3.Connection, digest: bytes, data: bytes) -> int:
    """Store an encoded `Registration` unless it is there already, and return its key."""
    found = connection.execute("SELECT id FROM registrations WHERE digest = ?", (digest,)).fetchone()
    if found:
        return int(found[0])
    cursor = connection.execute("INSERT INTO registrations (digest, data) VALUES (?, ?)", (digest, data))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def get_registration(connection: sqlite3.Connection, registration: int) -> bytes:
    """Return an encoded `Registration`."""
    row = connection.execute("SELECT data FROM registrations WHERE id = ?", (registration,)).fetchone()
    return bytes(row[0])


def get_registration_digest(connection: sqlite3.Connection, registration: int) -> bytes:
    """Return the digest of an encoded `Registration`, by which any home that has it finds it."""
    return bytes(connection.execute("SELECT digest FROM registrations WHERE id = ?", (registration,)).fetchone()[0])


def find_registration(connection: sqlite3.Connection, digest: bytes) -> bytes | None:
    """Return the encoded `Registration` with that digest; None when there is none."""
    row = connection.execute("SELECT data FROM registrations WHERE digest = ?", (digest,)).fetchone()
    return bytes(row[0]) if row else None


def is_taken(connection: sqlite3.Connection, name: str) -> bool:
    """Whether there is an execution called *name*."""
    return connection.execute("SELECT 1 FROM executions WHERE name = ?", (name,)).fetchone() is not None


def insert(connection: sqlite3.Connection, row: ExecutionRow) -> int:
    """Add an execution (its `id` is ignored), and return its id."""
    cursor = connection.execute(
        "INSERT INTO executions (name, project, domain, entity, version, registration, engine, phase, overwrite_cache,"
        " run_what_can_run, aborting, abort_reason, inputs, outputs, error, created_us, finished_us, recovers,"
        " max_parallelism, priority, backend)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.name,
            row.project,
            row.domain,
            row.entity,
            row.version,
            row.registration,
            row.engine,
            row.phase,
            row.overwrite_cache,
            row.run_what_can_run,
            row.aborting,
            row.abort_reason,
            row.inputs,
            row.outputs,
            row.error,
            row.created_us,
            row.finished_us,
            row.recovers,
            row.max_parallelism,
            row.priority,
            row.backend,
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def update(connection: sqlite3.Connection, execution: Execution, outputs: bytes | None) -> None:
    """Write what of an execution may change. A final phase frees it from its engine."""
    connection.execute(
        "UPDATE executions SET phase = ?, aborting = ?, abort_reason = ?, outputs = ?, error = ?,"
        " finished_us = ?, engine = CASE WHEN ? THEN NULL ELSE engine END WHERE id = ?",
        (
            execution.phase,
            execution.aborting + execution.ends_handlers,
            execution.abort_reason,
            outputs,
            execution.error,
            execution.finished_us,
            execution.phase.final,
            execution.id,
        ),
    )


def claim(connection: sqlite3.Connection, execution: int, engine: int, backend: str = "") -> bool:
    """Make *engine* the holder of an execution that nobody holds and that has not ended; return whether it was one.

    *backend*: that of the engine, which the execution keeps if it has none of its own.
    """
    done = connection.execute(
        "UPDATE executions SET engine = ?, backend = CASE WHEN backend = '' THEN ? ELSE backend END"
        " WHERE id = ? AND engine IS NULL AND finished_us = 0",
        (engine, backend, execution),
    )
    return done.rowcount == 1


def release(connection: sqlite3.Connection, execution: int, engine: int, backend: str | None = None) -> None:
    """Free an execution from *engine*, if that holds it, so that another may claim it.

    *backend*: that which it is to have from now on; None: as it is.
    """
    connection.execute(
        "UPDATE executions SET engine = NULL, backend = coalesce(?, backend) WHERE id = ? AND engine = ?",
        (backend, execution, engine),
    )


def is_held(connection: sqlite3.Connection, execution: int, engine: int) -> bool:
    """Return whether *engine* is the holder of an execution."""
    query = "SELECT 1 FROM executions WHERE id = ? AND engine = ?"
    return connection.execute(query, (execution, engine)).fetchone() is not None


def waiting(connection: sqlite3.Connection, limit: int) -> list[int]:
    """Return the ids of up to *limit* executions that nobody holds: the highest priority first, then the oldest."""
    query = "SELECT id FROM executions WHERE engine IS NULL AND finished_us = 0 ORDER BY priority DESC, id LIMIT ?"
    return [key for (key,) in connection.execute(query, (limit,))]


def count_waiting(connection: sqlite3.Connection) -> int:
    """Return how many executions nobody holds that have not ended."""
    query = "SELECT count(*) FROM executions WHERE engine IS NULL AND finished_us = 0"
    return int(connection.execute(query).fetchone()[0])


def add_scopes(connection: sqlite3.Connection, execution: Execution) -> None:
    """Write the scopes that were opened since the last time."""
    connection.executemany(
        "INSERT INTO scopes (execution, scope, parent_node, workflow, item) VALUES (?, ?, ?, ?, ?)",
        [
            (execution.id, scope.number, parent and parent.number, scope.plan.key, parent.item if parent else -1)
            for scope in execution.new_scopes
            for parent in (scope.parent,)
        ],
    )


def get_scopes(connection: sqlite3.Connection, execution: int) -> Iterator[ScopeRow]:
    """Yield the scopes of an execution, by number; they are read as they are asked for."""
    rows = connection.execute(
        "SELECT parent_node, workflow, item FROM scopes WHERE execution = ? ORDER BY scope", (execution,)
    )
    return map(ScopeRow._make, rows)
