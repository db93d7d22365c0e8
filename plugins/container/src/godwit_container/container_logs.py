"""The log of a container, copied into a file while it is written."""

from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Any

from docker import APIClient

from godwit_container.docker_engine import translated


class LogCopy:
    """Copies the log of one container. What an engine before this one copied is not copied again."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._stream: Any = None
        self._lock = Lock()
        self._stopped = False

    def run(self, client: APIClient, container: str, *, follow: bool) -> None:
        """Copy what is there; with *follow* until the container has ended, or `stop` is called.

        An engine that is told to follow may leave out what was written last, so the rest is to be asked for at the end.
        What cannot be written, as on a full disk, is left out: a log is no reason to end work.

        Raises:
            EngineRefused: there is no such container, or its log cannot be read.
            EngineAway: the engine does not answer.
        """
        try:
            file = self._target.open("ab", buffering=0)
        except OSError:
            return
        with file:
            self._copy(client, container, file, follow=follow)

    def _copy(self, client: APIClient, container: str, file: FileIO, *, follow: bool) -> None:
        skipped = file.tell()
        with translated():
            stream = client.logs(container, stdout=True, stderr=True, stream=True, follow=follow)
        with self._lock:
            if self._stopped:
                stream.close()
                return
            self._stream = stream
        try:
            with translated():
                for chunk in stream:
                    new = chunk[skipped:]
                    skipped = max(0, skipped - len(chunk))
                    if not _wrote(file, new):
                        return
        finally:
            with self._lock:
                self._stream = None
            stream._response.close()  # noqa: SLF001 - its own `close` cuts the connection, and leaves the object open

    def stop(self) -> None:
        """End the copying. From any thread; idempotent."""
        with self._lock:
            self._stopped = True
            if self._stream is not None:
                self._stream.close()


def _wrote(file: FileIO, new: bytes) -> bool:
    try:
        return file.write(new) == len(new)
    except OSError:
        return False
