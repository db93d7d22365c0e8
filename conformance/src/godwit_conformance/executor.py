"""The executor's side of the harness: a process that is asked over its standard input and output."""

import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from godwitidl.conformance.v1.conformance_pb2 import Request, Response
from godwitidl.rules.framing import FrameReader, FramingError, frame
from google.protobuf.message import DecodeError

from godwit_conformance.processes import end_group

_READ_BYTES: Final = 65_536
_LOG_BYTES: Final = 2_000


class ExecutorError(Exception):
    """The executor gave no answer: it hangs, wrote what is no answer, or ended."""


class Executor:
    """A process that answers for an SDK.

    Args:
        command: its command line.
        folder: its working directory.
        timeout_s: the longest wait for one answer.
        clean_up: removes what the process may have left when it has ended.
    """

    def __init__(
        self, command: Sequence[str], *, folder: Path, timeout_s: float, clean_up: Callable[[], None] | None = None
    ) -> None:
        self._clean_up = clean_up
        self._command = tuple(command)
        self._folder = folder
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._reader = FrameReader()
        self._log = bytearray()
        self._log_reader: threading.Thread | None = None
        self._asked = 0

    @property
    def running(self) -> bool:
        """Whether it was started, and not ended by `stop` or by a fault."""
        return self._process is not None

    def start(self) -> None:
        """Start the process.

        Raises:
            ExecutorError: there is no such program.
        """
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._folder,
                start_new_session=True,
            )
        except OSError as error:
            raise ExecutorError(f"the executor {self._command[0]} cannot be started: {error.strerror}") from None
        self._reader = FrameReader()
        self._log = bytearray()
        self._log_reader = threading.Thread(target=self._keep_log, args=(self._process,), daemon=True)
        self._log_reader.start()
        self._asked = 0

    def ask(self, request: Request) -> Response:
        """Send *request*, numbered, and return the answer to it.

        Raises:
            ExecutorError: none came. The process is ended; `start` begins anew.
        """
        self._asked += 1
        request.id = self._asked
        try:
            self._send(frame(request.SerializeToString()))
            return self._answer(request.id)
        except (ExecutorError, FramingError) as error:
            message = str(error)
            if isinstance(error, FramingError):
                message = f"the executor wrote what is no frame: {error}"
            raise ExecutorError(message + self._last_words()) from None

    def stop(self) -> None:
        """End the process: by the end of its standard input; where it does not listen, by force."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        end_group(process)
        if self._clean_up is not None:
            self._clean_up()
        if self._log_reader is not None:
            self._log_reader.join(timeout=2)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def _send(self, data: bytes) -> None:
        assert self._process is not None and self._process.stdin is not None  # noqa: PT018 - one thing for the checker
        deadline = time.monotonic() + self._timeout_s
        stream = self._process.stdin.fileno()
        os.set_blocking(stream, False)
        view = memoryview(data)
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_WRITE)
            while view:
                if not selector.select(max(deadline - time.monotonic(), 0)):
                    raise ExecutorError(f"the executor does not read its standard input within {self._timeout_s:g} s")
                try:
                    view = view[os.write(stream, view) :]
                except BrokenPipeError:
                    raise ExecutorError(self._ended()) from None

    def _answer(self, number: int) -> Response:
        assert self._process is not None and self._process.stdout is not None  # noqa: PT018 - as above
        deadline = time.monotonic() + self._timeout_s
        stream = self._process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while True:
                if not selector.select(max(deadline - time.monotonic(), 0)):
                    came = f", but the first {self._reader.pending_bytes} bytes of one" * bool(
                        self._reader.pending_bytes
                    )
                    raise ExecutorError(f"the executor gave no answer within {self._timeout_s:g} s{came}")
                data = os.read(stream, _READ_BYTES)
                if not data:
                    raise ExecutorError(self._ended())
                frames = self._reader.feed(data)
                if frames:
                    return self._decoded(frames, number)

    def _decoded(self, frames: list[bytes], number: int) -> Response:
        try:
            response = Response.FromString(frames[0])
        except DecodeError:
            raise ExecutorError(f"the executor wrote what is no Response: {_shown(frames[0])}") from None
        if response.id != number:
            raise ExecutorError(f"the executor answered request {response.id}, not {number}")
        if response.WhichOneof("kind") is None:
            raise ExecutorError(f"the executor's answer is of no known kind: {_shown(frames[0])}")
        if len(frames) > 1 or self._reader.pending_bytes:
            raise ExecutorError("the executor wrote more than one answer to one request")
        return response

    def _ended(self) -> str:
        assert self._process is not None
        try:
            status = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return "the executor closed its standard output, and goes on"
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        return f"the executor ended {how} before it answered"

    def _keep_log(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        try:
            while data := os.read(process.stderr.fileno(), _READ_BYTES):
                self._log = (self._log + data)[-_LOG_BYTES:]
        except (OSError, ValueError):
            return

    def _last_words(self) -> str:
        self.stop()
        log = self._log.decode(errors="replace").strip()
        return f"\nIts log ends with:\n{log}" if log else ""


def _shown(data: bytes) -> str:
    return f"{data[:60]!r}{'…' if len(data) > 60 else ''}"
