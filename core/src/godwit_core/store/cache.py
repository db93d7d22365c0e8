"""Rows of cached results, with the parts of their keys, so that a miss can be explained."""

import sqlite3
from typing import NamedTuple


class CacheRow(NamedTuple):
    """One result.

    Attributes:
        inputs: digest of each input that counts, as `name:hex` separated by spaces, sorted.
        outputs: packed values.
        uris: blobs that the outputs refer to, separated by newlines.
        execution, node: who computed it.
    """

    key: bytes
    project: str
    domain: str
    task: str
    version: str
    interface: bytes
    inputs: str
    outputs: bytes
    uris: str
    execution: int
    node: int
    created_us: int


_COLUMNS = "cache_key, project, domain, task, version, interface, inputs, outputs, uris, execution, node, created_us"


def find(connection: sqlite3.Connection, key: bytes) -> CacheRow | None:
    """Return the result under *key*."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM cache WHERE cache_key = ?",
        (key,),
    ).fetchone()
    return CacheRow(*row) if row else None


def put(connection: sqlite3.Connection, row: CacheRow) -> None:
    """Store a result, in the place of one with the same key."""
    connection.execute(
        f"INSERT INTO cache ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (cache_key) DO UPDATE SET outputs = excluded.outputs, uris = excluded.uris,"
        " execution = excluded.execution, node = excluded.node, created_us = excluded.created_us",
        (
            row.key,
            row.project,
            row.domain,
            row.task,
            row.version,
            row.interface,
            row.inputs,
            row.outputs,
            row.uris,
            row.execution,
            row.node,
            row.created_us,
        ),
    )


def of_task(connection: sqlite3.Connection, project: str, domain: str, task: str) -> list[CacheRow]:
    """Return the results of a task, newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM cache WHERE project = ? AND domain = ? AND task = ? ORDER BY created_us DESC, id DESC",
        (project, domain, task),
    )
    return [CacheRow(*row) for row in rows]


def evict(connection: sqlite3.Connection, key: bytes) -> bool:
    """Remove the result under *key*; return whether there was one."""
    return connection.execute("DELETE FROM cache WHERE cache_key = ?", (key,)).rowcount > 0
