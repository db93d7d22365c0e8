"""Rows that are deleted: cached results that are evicted, executions that are old, and what hangs on them.

And what the rows refer to, so that blobs and logs which none refers to can be told.
"""

import sqlite3
from collections.abc import Collection, Iterator

from godwit_core.engine.phases import ExecutionPhase
from godwit_core.store.cache import CacheRow

_CACHE_COLUMNS = (
    "cache_key, project, domain, task, version, interface, inputs, outputs, uris, execution, node, created_us"
)


def list_cache(connection: sqlite3.Connection, task: str) -> list[CacheRow]:
    """Return the results of a task in every project and domain, newest first."""
    rows = connection.execute(
        f"SELECT {_CACHE_COLUMNS} FROM cache WHERE task = ? ORDER BY created_us DESC, id DESC",
        (task,),
    )
    return [CacheRow(*row) for row in rows]


def cached_tasks(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the tasks that have cached results, sorted."""
    return [name for (name,) in connection.execute("SELECT DISTINCT task FROM cache ORDER BY task")]


def evict_all(
    connection: sqlite3.Connection, *, task: str | None = None, project: str | None = None, domain: str | None = None
) -> int:
    """Remove cached results: those of a task, project and domain, where given; return how many there were."""
    return connection.execute(
        "DELETE FROM cache WHERE (? IS NULL OR task = ?) AND (? IS NULL OR project = ?) AND (? IS NULL OR domain = ?)",
        (task, task, project, project, domain, domain),
    ).rowcount


def cache_uris(connection: sqlite3.Connection) -> list[tuple[bytes, list[str]]]:
    """Return the key of each cached result that refers to blobs, with their uris."""
    rows = connection.execute("SELECT cache_key, uris FROM cache WHERE uris <> ''")
    return [(key, uris.split("\n")) for key, uris in rows]


def finished(connection: sqlite3.Connection) -> list[tuple[int, str, int]]:
    """Return id, name and end of the executions that have ended, newest first."""
    return connection.execute(
        "SELECT id, name, finished_us FROM executions WHERE phase >= ? ORDER BY id DESC",
        (int(ExecutionPhase.SUCCEEDED),),
    ).fetchall()


def unfinished(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Return id and name of the executions that have not ended."""
    return connection.execute(
        "SELECT id, name FROM executions WHERE phase < ?", (int(ExecutionPhase.SUCCEEDED),)
    ).fetchall()


def packed_values(connection: sqlite3.Connection, without: Collection[int]) -> Iterator[bytes]:
    """Yield the packed values of all cached results, executions and nodes, but for those executions."""
    for (outputs,) in connection.execute("SELECT outputs FROM cache WHERE uris <> ''"):
        yield outputs
    for execution, inputs, outputs in connection.execute("SELECT id, inputs, outputs FROM executions"):
        if execution not in without:
            yield inputs
            if outputs is not None:
                yield outputs
    for execution, outputs in connection.execute("SELECT execution, outputs FROM nodes WHERE outputs IS NOT NULL"):
        if execution not in without:
            yield outputs


def delete_executions(connection: sqlite3.Connection, ids: Collection[int]) -> None:
    """Delete executions that have ended, with all rows that hang on them; in the caller's transaction."""
    keys = [(key,) for key in ids]
    for statement in (
        "DELETE FROM scopes WHERE execution = ?",
        "DELETE FROM cache_claims WHERE execution = ?",
        "DELETE FROM nodes WHERE execution = ?",
        "DELETE FROM events WHERE execution = ?",
        "DELETE FROM commands WHERE execution = ?",
        "DELETE FROM outbox WHERE execution = ?",
        "DELETE FROM map_items WHERE execution = ?",
        "DELETE FROM executions WHERE id = ?",
    ):
        connection.executemany(statement, keys)
    connection.execute("DELETE FROM registrations WHERE id NOT IN (SELECT registration FROM executions)")


def delete_stale_commands(connection: sqlite3.Connection) -> None:
    """Delete commands that came too late: for executions that have ended; in the caller's transaction."""
    connection.execute(
        "DELETE FROM commands WHERE execution IN (SELECT id FROM executions WHERE phase >= ?)",
        (int(ExecutionPhase.SUCCEEDED),),
    )
