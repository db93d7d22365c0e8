"""What the machine itself takes: pipes between processes, commits of SQLite, Parquet, the bare interpreter.

Each does the least work that a durable engine cannot leave out, in the plainest program that does it.
"""

import os
import selectors
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from measurement import WORK

Durability = Literal["process", "disk"]

FRAME = 64
"""Bytes of one message to a process, and of its answer."""
PAYLOAD = b"x" * 200
"""What one step stores."""
WINDOW = 32
"""Messages under way to one process, where they may be sent ahead."""

_ECHO = """
import os
while data := os.read(0, 65536):
    os.write(1, data)
"""


def chain_step_ms(durability: Durability, steps: int) -> float:
    """Return the ms of a step that is a round trip to another process and a commit of one row."""
    with _database(durability) as connection, _echo() as process:
        writing, reading = _descriptors(process)
        message = b"m" * FRAME
        begun = time.perf_counter()
        for number in range(steps):
            os.write(writing, message)
            os.read(reading, FRAME)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO step VALUES (?, ?)", (number, PAYLOAD))
            connection.execute("COMMIT")
        return (time.perf_counter() - begun) / steps * 1e3


def fan_out_s(durability: Durability, steps: int) -> float:
    """Return the seconds of *steps* round trips to two processes, sent ahead, with a commit per arrival of answers."""
    with _database(durability) as connection, _echo() as first, _echo() as second:
        selector = selectors.DefaultSelector()
        for process in (first, second):
            writing, reading = _descriptors(process)
            selector.register(reading, selectors.EVENT_READ, writing)
        begun = time.perf_counter()
        sent = done = 0
        for key in list(selector.get_map().values()):
            sent += _send(key.data, min(WINDOW, steps - sent))
        while done < steps:
            arrived = 0
            for key, _ in selector.select():
                count = len(os.read(key.fd, 65536)) // FRAME
                arrived += count
                sent += _send(key.data, min(count, steps - sent))
            connection.execute("BEGIN IMMEDIATE")
            rows = [(number, PAYLOAD) for number in range(done, done + arrived)]
            connection.executemany("INSERT INTO step VALUES (?, ?)", rows)
            connection.execute("COMMIT")
            done += arrived
        taken = time.perf_counter() - begun
        selector.close()
        return taken


def cached_chain_ms(durability: Durability, steps: int) -> float:
    """Return the ms of *steps* look-ups by key, one after the other, and one commit of as many rows."""
    with _database(durability) as connection:
        keys = [os.urandom(32) for _ in range(steps)]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO cache VALUES (?, ?)", [(key, PAYLOAD) for key in keys])
        connection.execute("COMMIT")
        begun = time.perf_counter()
        found = [connection.execute("SELECT value FROM cache WHERE key = ?", (key,)).fetchone()[0] for key in keys]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO step VALUES (?, ?)", enumerate(found))
        connection.execute("COMMIT")
        return (time.perf_counter() - begun) * 1e3


def parquet_s(frame: Any, folder: Path) -> float:
    """Return the seconds of pandas → Parquet → fsync → pandas."""
    import pandas as pd  # noqa: PLC0415 - the other limits do without

    path = folder / "frame.parquet"
    begun = time.perf_counter()
    with path.open("wb") as stream:
        frame.to_parquet(stream, engine="pyarrow")
        stream.flush()
        os.fsync(stream.fileno())
    pd.read_parquet(path, engine="pyarrow")
    taken = time.perf_counter() - begun
    path.unlink()
    return taken


@contextmanager
def work_folder(name: str) -> Iterator[Path]:
    """Give an empty folder on the disk of the checkout, and take it away afterwards."""
    folder = WORK / f"{name}-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(durability: Durability) -> Iterator[sqlite3.Connection]:
    with (
        work_folder("limit") as folder,
        closing(sqlite3.connect(folder / "limit.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durability == 'disk' else 'NORMAL'}")
        connection.execute("CREATE TABLE step (number INTEGER PRIMARY KEY, value BLOB)")
        connection.execute("CREATE TABLE cache (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
        yield connection


@contextmanager
def _echo() -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that sends back what it is sent, once it is up."""
    command = [sys.executable, "-I", "-S", "-c", _ECHO]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        writing, reading = _descriptors(process)
        os.write(writing, b"?")
        os.read(reading, 1)
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _descriptors(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin.fileno(), process.stdout.fileno()


def _send(descriptor: int, count: int) -> int:
    """Send *count* messages at once; return how many."""
    if count:
        os.write(descriptor, b"m" * FRAME * count)
    return count
