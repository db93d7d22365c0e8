"""What an engine knows of attempts that a backend in another process runs, and the copies of their logs."""

import hashlib
import os
import uuid
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.plugin.v1.backend_pb2 import Event

from godwit_plugin_api.backend import AttemptRequest

_SCOPE_FILE = "remote-scope"


class Stage(Enum):
    """What the server is to be told of an attempt."""

    NEW = "new"
    """It is to be submitted; whether that was tried already says `Attempt.tried`."""
    KNOWN = "known"
    """It was submitted, maybe by another engine or to another life of the server: it is to be attached."""
    HELD = "held"
    """The server has it."""


class LogCopy:
    """The copy of an attempt's log, below the engine's folder of logs, where the engine's other logs are.

    Attributes:
        segment: name of the file in log slices.
        offset: up to where the server's log has been copied.
    """

    def __init__(self, home: str, attempt_id: str) -> None:
        name = hashlib.sha256(attempt_id.encode()).hexdigest()[:32]
        self.segment = f"remote/{name}.log"
        self.path = Path(home, "logs", self.segment)
        self.offset = 0
        self._size: int | None = None

    def add(self, data: bytes) -> None:
        """Add what comes next in the server's log."""
        self._write(data)
        self.offset += len(data)

    def note(self, text: str) -> None:
        """Add a line of the engine's own."""
        self._write(f"[godwit] {text}\n".encode())

    def open_slice(self) -> bytes:
        """Return an encoded `LogSlice` of what is being written."""
        return LogSlice(segment=self.segment).SerializeToString()

    def slice(self) -> LogSlice | None:
        """Return what was written; None when that is nothing."""
        return LogSlice(segment=self.segment, begin=0, end=self._size) if self._size else None

    def _write(self, data: bytes) -> None:
        # A new engine copies all of it anew: what the one before has copied may end anywhere.
        mode = "ab" if self._size is not None else "wb"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open(mode) as file:
            file.write(data)
        self._size = (self._size or 0) + len(data)


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt that has not ended, as far as the engine was told.

    Attributes:
        taken_at: when it was given to this backend, on the monotonic clock.
        log: the copy of its log.
        handle: what the server wants to be given again; empty where it is not known.
        tried: whether a server may have it.
        started, log_told: whether the engine was told so.
        cancelled: whether its end was asked for.
        cancel_due: whether the server is to be told that.
        has_log: whether the server has a log of it to read.
        read_at: when its log was read last.
        end: its end, while the rest of its log is read.
    """

    request: AttemptRequest
    stage: Stage
    taken_at: float
    log: LogCopy
    handle: bytes = b""
    tried: bool = False
    started: bool = False
    log_told: bool = False
    cancelled: bool = False
    cancel_due: bool = False
    has_log: bool = False
    read_at: float = 0.0
    end: Event | None = field(default=None)


def scope_of(home: str) -> str:
    """Return the name under which servers keep what belongs to *home*; made once, it stays with the home.

    Raises:
        OSError: the home cannot be written.
    """
    path = Path(home, _SCOPE_FILE)
    if not path.is_file():
        Path(home).mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{_SCOPE_FILE}.{os.getpid()}")
        partial.write_text(uuid.uuid4().hex, encoding="ascii")
        try:
            path.hardlink_to(partial)  # fails where another engine was quicker
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text(encoding="ascii").strip()
