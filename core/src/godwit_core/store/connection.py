"""Opening the database, and its transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from godwit_plugin_api.errors import DataError

from godwit_core.store.schema import MIGRATIONS

Durability = Literal["process", "disk"]
"""`process`: what is committed survives the end of the process. `disk`: it survives a loss of power, too."""

APPLICATION_ID = 0x676F6477
MINIMUM_SQLITE = (3, 34, 0)
BUSY_TIMEOUT_S = 30.0
"""How long a lock that another program holds is waited for."""
_GO_ON = "Nothing that was stored is lost: go on with `godwit executions resume NAME`, or run again."


class StoreError(DataError):
    """The database cannot be opened, read or written."""

    code = "STORE"


def open_store(path: Path | None, durability: Durability = "process", *, create: bool = True) -> sqlite3.Connection:
    """Return a connection to the database at *path*, brought to the newest schema; in memory without a path.

    Transactions are explicit (see `transaction`). One thread at a time.

    Raises:
        StoreError: it is not a database of ours, damaged, newer than this program, or cannot be read or written.
    """
    if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} is too old: {'.'.join(map(str, MINIMUM_SQLITE))} or newer is needed.",
            hint="Use a Python that is linked with a newer SQLite.",
        )
    if path is not None and not create and not path.exists():
        raise StoreError(f"There is no database at {path}.", hint="Run something first, or give another --home.")
    with translated(path):
        connection = sqlite3.connect(
            ":memory:" if path is None else path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            cached_statements=256,
            check_same_thread=False,
        )
        try:
            _prepare(connection, path, durability)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path | None, durability: Durability) -> None:
    if path is not None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durability == 'disk' else 'NORMAL'}")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if owner != APPLICATION_ID and tables:
            raise StoreError(f"{path} is a database of another program.", hint="Give another --home.")
    migrate(connection)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date. Idempotent; safe beside other processes that do the same.

    Raises:
        StoreError: the database was written by a newer version of this program.
    """
    newest = len(MIGRATIONS)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == newest:
        return
    with transaction(connection):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > newest:
            raise StoreError(
                f"The database has schema version {version}, this program knows {newest}.",
                hint="Upgrade godwit-core, or give another --home.",
            )
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {newest}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the block in a transaction that writes: committed at its end, rolled back on an exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """Raise `StoreError` for the errors of the driver, with what to do about each."""
    try:
        yield
    except sqlite3.Error as error:
        place = path or "in memory"
        text = str(error)
        if "not a database" in text or "malformed" in text or "corrupt" in text:
            raise StoreError(
                f"The database {place} is damaged: {text}.",
                hint="Move it away (its blobs stay), or restore a copy.",
                code="STORE_CORRUPT",
            ) from error
        if "full" in text or ("disk I/O" in text and path is not None and _is_full(path)):
            raise StoreError(
                f"No space is left for the database {place}.", hint=f"Free some space. {_GO_ON}", code="DISK_FULL"
            ) from error
        if "readonly" in text or "unable to open" in text:
            raise StoreError(
                f"The database {place} cannot be written: {text}.",
                hint="Give a --home that this user may write to.",
                code="STORE_READ_ONLY",
            ) from error
        if "locked" in text:
            raise StoreError(
                f"The database {place} is locked by another program for longer than {BUSY_TIMEOUT_S:.0f} s: {text}.",
                hint=f"End that program (`fuser {place}` names it). {_GO_ON}",
                code="STORE_LOCKED",
            ) from error
        raise StoreError(f"The database {place} failed: {text}.", hint=_GO_ON) from error


def _is_full(path: Path) -> bool:
    """Return whether the disk has next to no space: where the log's index finds none, SQLite only says `I/O error`."""
    try:
        import shutil  # noqa: PLC0415 - 2 ms, and needed on the way to an error only

        return shutil.disk_usage(path.parent).free < 1_000_000
    except OSError:
        return False
