"""Logs of attempts as they come: those that have ended as a whole, those under way as far as they are written."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from godwitidl.core.v1.event_pb2 import LogSlice

from godwit_core.backends.live_logs import read_log, read_on
from godwit_core.cli.map_item_pages import item_attempts, split_item
from godwit_core.cli.stored_executions import Attempt, StoredExecution
from godwit_core.engine.state import Finished, Node
from godwit_core.store import map_items

Key = tuple[str, int]
"""The path of a node or an item, and the number of the attempt."""


@dataclass(frozen=True, slots=True)
class LogPiece:
    """What an attempt wrote since the piece before. *ended*: whether that is all."""

    node: str
    attempt: int
    text: str
    ended: bool


@dataclass(slots=True)
class _OpenLog:
    """The log of an attempt under way.

    Attributes:
        position: up to where in the file it has been taken.
        line: the beginning of a line that has no end yet.
        ahead: what has been read since, and is not known to be of this attempt before it is seen to be under way still.
    """

    log: LogSlice
    position: int
    line: bytes = b""
    ahead: bytes = b""
    read_to: int = 0
    looked: bool = False

    def look(self, folder: Path) -> None:
        """Read what is there now."""
        pieces, self.read_to, self.looked = [], self.position, True
        while True:
            text, after = read_on(folder, self.log, self.read_to)
            pieces.append(text)
            if after == self.read_to:
                break
            self.read_to = after
        self.ahead = b"".join(pieces)

    def take(self, *, whole_lines: bool) -> bytes:
        """Return what has been read."""
        if not self.looked:
            return b""
        self.position = self.read_to
        text, self.ahead = self.line + self.ahead, b""
        whole = text.rfind(b"\n") + 1 if whole_lines else len(text)
        self.line = text[whole:]
        return text[:whole]

    def rest(self, folder: Path, log: LogSlice) -> bytes:
        """Return what is not taken yet of the log, now that its end is known."""
        left = LogSlice(segment=log.segment, begin=self.position, end=log.end, writer=log.writer)
        return self.line + b"".join(read_log(folder, left) if not log.end or log.end > self.position else ())


class AttemptLogs:
    """The logs of one execution, or of one node of it, read again and again.

    Args:
        folder: folder of logs.
        number: of the attempts that are wanted; None: all.
    """

    def __init__(self, folder: Path, number: int | None) -> None:
        self._folder = folder
        self._number = number
        self._told: set[Key] = set()
        self._open: dict[Key, _OpenLog] = {}

    def look(self) -> None:
        """Read what attempts under way have written. `take` tells it if they are under way after that, too.

        A file may be written by the attempts of one process, one after the other: only then it is certain whose it is.
        """
        for one in self._open.values():
            one.look(self._folder)

    def take(
        self, connection: sqlite3.Connection, stored: StoredExecution, only: str | None, *, at_end: bool
    ) -> Iterator[LogPiece]:
        """Yield what is new, of attempts that have ended in the order of their ends.

        *only* is the path of a node or item. *at_end*: with what succeeded of maps, of which the history says nothing.
        """
        wanted = list(_wanted(stored.attempts, only, self._number))
        ended = sorted((pair for pair in wanted if pair[1].finished_us), key=lambda pair: pair[1].finished_us)
        ended += self._ended_items(connection, stored)
        if at_end:
            ended += item_attempts(connection, stored, only, self._number)
        for path, one in ended:
            if (path, one.number) not in self._told:
                self._told.add((path, one.number))
                yield LogPiece(path, one.number, self._rest((path, one.number), one.log), ended=True)
        for (path, number), log in self._open.items():
            if text := log.take(whole_lines=not at_end):
                yield LogPiece(path, number, text.decode(errors="replace"), ended=False)
        for path, one in wanted:
            if one.log is not None and not one.finished_us and (path, one.number) not in self._told:
                self._open.setdefault((path, one.number), _OpenLog(one.log, one.log.begin))

    def has_unread(self) -> bool:
        """Return whether there is an attempt under way that was not looked at yet."""
        return any(not one.looked for one in self._open.values())

    def _rest(self, key: Key, log: LogSlice | None) -> str:
        begun = self._open.pop(key, None)
        if log is None:
            return ""
        if begun is not None:
            return begun.rest(self._folder, log).decode(errors="replace")
        if not (self._folder / log.segment).exists():
            return f"[the log {log.segment} is gone]\n"
        return b"".join(read_log(self._folder, log)).decode(errors="replace")

    def _ended_items(self, connection: sqlite3.Connection, stored: StoredExecution) -> Iterator[tuple[str, Attempt]]:
        """Yield the attempts of items that were under way and have succeeded since."""
        for path, number in list(self._open):
            owner, item = split_item(path)
            node = _map_of(stored, owner)
            if item is None or node is None:
                continue
            record = _end_of(connection, stored, node, item)
            if record is not None and record.attempt == number:
                yield path, Attempt(number, log=LogSlice.FromString(record.log) if record.log else None)


def is_over(connection: sqlite3.Connection, stored: StoredExecution, path: str, number: int | None) -> bool:
    """Return whether nothing more will be written by attempt *number* of what *path* names; None: by any."""
    if number is not None and any(one.finished_us for one in stored.attempts.get(path, ()) if one.number == number):
        return True
    owner, item = split_item(path)
    node = _map_of(stored, owner)
    if item is not None and node is not None:
        return node.phase.final or _end_of(connection, stored, node, item) is not None
    return any(node.path == path and node.phase.final for node in stored.state.nodes)


def _end_of(connection: sqlite3.Connection, stored: StoredExecution, node: Node, item: int) -> Finished | None:
    """Return how an item of a map has ended; None where it has not."""
    record = map_items.records_of(connection, stored.row.id, node.number, {item}).get(item)
    return record if isinstance(record, Finished) else None


def _map_of(stored: StoredExecution, path: str) -> Node | None:
    return next((node for node in stored.state.nodes if node.path == path and node.plan.map is not None), None)


def _wanted(attempts: dict[str, list[Attempt]], only: str | None, number: int | None) -> Iterator[tuple[str, Attempt]]:
    for path, listed in attempts.items():
        if only is None or path == only or path.startswith(f"{only}/"):
            yield from ((path, one) for one in listed if number in {None, one.number})
