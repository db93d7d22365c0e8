"""Logs of attempts that share a process: what each prints goes to its own parts of one file.

What is written past Python's streams, by a child process or a library in C, goes to the log of the process and is in
no attempt's.
"""

import io
import os
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from itertools import count
from typing import TYPE_CHECKING, Final

from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.rules.log_parts import part

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_LONGEST_LINE: Final = 65_536
"""So much of a line without an end is kept before it is written."""


class PartsFile:
    """The file that attempts write in turns. Nobody else writes it.

    Args:
        path: of the file, to which is appended.
        name: name under which the backend knows it.
    """

    def __init__(self, path: str, name: str) -> None:
        self.name = name
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._end = os.fstat(self._descriptor).st_size
        self._lock = threading.Lock()
        self._numbers = count(1)

    def new_writer(self) -> int:
        """Return a number that no other writer has."""
        return next(self._numbers)

    def write(self, writer: int, text: bytes) -> tuple[int, int]:
        """Append one part; return where it begins and where it ends.

        Raises:
            OSError: it cannot be written; nothing of it is left.
        """
        unsent = memoryview(part(writer, text))
        with self._lock:
            begin = self._end
            try:
                while unsent:
                    unsent = unsent[os.write(self._descriptor, unsent) :]
            except OSError:
                os.ftruncate(self._descriptor, begin)
                raise
            self._end = os.fstat(self._descriptor).st_size
            return begin, self._end


class AttemptLog:
    """What one attempt prints, written line by line.

    Args:
        file: where to.
        began: told where the log begins, once, when the first part is written; on any thread.
    """

    def __init__(self, file: PartsFile, began: Callable[[LogSlice], None]) -> None:
        self._file = file
        self._began = began
        self._writer = file.new_writer()
        self._waiting = bytearray()
        self._slice: LogSlice | None = None
        self._lock = threading.Lock()

    def write(self, text: bytes) -> None:
        """Take what is printed; write what are whole lines."""
        with self._lock:
            self._waiting += text
            whole = self._waiting.rfind(b"\n") + 1
            self._send(whole if whole or len(self._waiting) < _LONGEST_LINE else len(self._waiting))

    def flush(self) -> None:
        """Write the line that is not whole, too."""
        with self._lock:
            self._send(len(self._waiting))

    def slice(self) -> LogSlice | None:
        """Return where the log is; None while nothing is written."""
        return self._slice

    def _send(self, length: int) -> None:
        if not length:
            return
        text = bytes(self._waiting[:length])
        del self._waiting[:length]
        begin, end = self._file.write(self._writer, text)
        if self._slice is None:
            self._slice = LogSlice(segment=self._file.name, begin=begin, end=end, writer=self._writer)
            self._began(LogSlice(segment=self._file.name, begin=begin, writer=self._writer))
        else:
            self._slice.end = end


_current: ContextVar[AttemptLog | None] = ContextVar("godwit_attempt_log", default=None)


def log_to(log: AttemptLog) -> None:
    """Have what is printed in this context, and those that begin in it, go to *log*."""
    _current.set(log)


class _Switch(io.BufferedIOBase):
    """A stream that writes where the attempt that prints has its log; outside of one, to a descriptor."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self.name = name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return False

    def write(self, text: "ReadableBuffer", /) -> int:
        data = bytes(text)
        log = _current.get()
        if log is not None:
            log.write(data)
            return len(data)
        unsent = memoryview(data)
        while unsent:
            unsent = unsent[os.write(self._descriptor, unsent) :]
        return len(data)

    def flush(self) -> None:
        log = _current.get()
        if log is not None:
            log.flush()


def switch_streams() -> None:
    """Put streams in the place of standard output and error that know who prints."""
    sys.stdout.flush()
    sys.stderr.flush()
    sys.stdout = _stream(1, "<stdout>")
    sys.stderr = _stream(2, "<stderr>")


def _stream(descriptor: int, name: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_Switch(descriptor, name), encoding="utf-8", errors="backslashreplace", write_through=True)
