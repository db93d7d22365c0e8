"""Logs of attempts under way: reading them, and telling the engine where they are.

Of a short attempt nothing is told before its end. The log of one that takes a while, and has written something, is
made known, so that other processes can read it.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from godwit_plugin_api.backend import BackendHost, LogStarted
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.rules.log_parts import text_of

from godwit_core.backends.processes import RunnerProcess

LOOK_S = 0.1
"""Time between two looks; an attempt that takes less is passed over."""
PIECE_BYTES = 1 << 18


class LiveLogs:
    """Looks again and again where attempts under way have written.

    Args:
        host: the engine's loop.
        under_way: gives the runners under way.
    """

    def __init__(self, host: BackendHost, under_way: Callable[[], Iterable[RunnerProcess]]) -> None:
        self._host = host
        self._under_way = under_way
        self._folder = Path(host.settings.log_folder).parent
        self._is_looking = False

    def look_soon(self) -> None:
        """Take note that an attempt begins."""
        if not self._is_looking:
            self._is_looking = True
            self._host.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        before_s = time.monotonic() - LOOK_S
        told = []
        self._is_looking = False
        for runner in self._under_way():
            request = runner.in_flight[0]
            if runner.told_log == request.id:
                continue
            if runner.began_s <= before_s and size_of(self._folder / runner.log_name) > runner.log_end:
                runner.told_log = request.id
                told.append(LogStarted(request.id, runner.open_log().SerializeToString()))
            else:
                self.look_soon()
        if told:
            self._host.push(told)


def size_of(file: Path) -> int:
    """Return the size of a file in bytes; 0 where it is not there."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def read_log(folder: Path, log: LogSlice) -> Iterator[bytes]:
    """Yield what is in *log*, a slice of a file below *folder*; to the end of the file where it has no end.

    Nothing where the file is gone.
    """
    position = log.begin
    while True:
        text, after = read_on(folder, log, position)
        if text:
            yield text
        if after == position:
            return
        position = after


def read_on(folder: Path, log: LogSlice, position: int) -> tuple[bytes, int]:
    """Return a piece of *log* from *position* in its file on, and where the next one begins: there, if this is all."""
    size = min(PIECE_BYTES, log.end - position) if log.end else PIECE_BYTES
    try:
        with (folder / log.segment).open("rb") as file:
            file.seek(position)
            data = file.read(max(size, 0))
    except OSError:
        return b"", position
    text, length = text_of(data, log.writer) if log.writer else (data, len(data))
    return text, position + length
