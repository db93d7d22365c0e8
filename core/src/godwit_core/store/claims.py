"""Rows of claims: which node is about to compute a result that others wait for."""

import sqlite3
from typing import NamedTuple


class ClaimRow(NamedTuple):
    """Who computes the result under *key*: a node, or an item of a map node; *item* is -1 of a node."""

    key: bytes
    execution: int
    node: int
    item: int


def find(connection: sqlite3.Connection, key: bytes) -> ClaimRow | None:
    """Return the claim of *key*."""
    row = connection.execute(
        "SELECT cache_key, execution, node, item FROM cache_claims WHERE cache_key = ?", (key,)
    ).fetchone()
    return ClaimRow(*row) if row else None


def holder(connection: sqlite3.Connection, claim: ClaimRow) -> int | None:
    """Return the engine that holds the execution of *claim*; None when none does, or the execution has ended."""
    row = connection.execute(
        "SELECT engine FROM executions WHERE id = ? AND finished_us = 0", (claim.execution,)
    ).fetchone()
    return row[0] if row else None


def put(connection: sqlite3.Connection, row: ClaimRow) -> None:
    """Store a claim, in the place of one of the same key; in the caller's transaction."""
    connection.execute(
        "INSERT INTO cache_claims (cache_key, execution, node, item) VALUES (?, ?, ?, ?) ON CONFLICT (cache_key)"
        " DO UPDATE SET execution = excluded.execution, node = excluded.node, item = excluded.item",
        row,
    )


def delete(connection: sqlite3.Connection, execution: int, node: int, item: int) -> None:
    """Remove the claim of a node or item; in the caller's transaction."""
    connection.execute(
        "DELETE FROM cache_claims WHERE execution = ? AND node = ? AND item = ?", (execution, node, item)
    )
