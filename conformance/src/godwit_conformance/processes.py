"""Processes that cases start: with the end of their output, a time limit, and nothing left of their group."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from godwit_conformance.cases import CaseFailedError, Finished


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process group that *process* leads, and wait for it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class LocalProcess:
    """A process on this machine; see `RunningProcess`.

    Args:
        command: its command line.
        environment: variables beside those of this process.
        folder: its working directory.
        timeout_s: the longest time that it may take.
        clean_up: removes what it may have left when it has ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        timeout_s: float,
        clean_up: Callable[[], None] | None = None,
    ) -> None:
        self._clean_up = clean_up
        self._deadline = time.monotonic() + timeout_s
        self._timeout_s = timeout_s
        self._output = bytearray()
        self._changed = threading.Condition()
        variables = [f"{name}={value}" for name, value in environment.items()]
        try:
            self._process = subprocess.Popen(
                ["env", *variables, *command] if variables else command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            raise CaseFailedError(f"the command {command[0]} cannot be started: {error.strerror}") from None
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str) -> None:
        """Wait until *text* stands in its output; see `RunningProcess`."""
        wanted = text.encode()
        with self._changed:
            while wanted not in self._output:
                left = self._deadline - time.monotonic()
                if self._ended or left <= 0 or not self._changed.wait(left):
                    break
            came = wanted in self._output
        if not came:
            self._kill()
            raise CaseFailedError(f"{text!r} was expected in the output, which is:\n{self._text()}")

    def terminate(self) -> None:
        """Send it SIGTERM."""
        self._process.terminate()

    def finish(self) -> Finished:
        """Wait for its end; see `RunningProcess`."""
        try:
            status = self._process.wait(max(self._deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            self._kill()
            raise CaseFailedError(f"the process has not ended within {self._timeout_s:g} s\n{self._text()}") from None
        self._kill()
        return Finished(status, self._text())

    def _kill(self) -> None:
        end_group(self._process)
        if self._clean_up is not None:
            self._clean_up()
        self._reader.join(timeout=2)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _text(self) -> str:
        return bytes(self._output[-4_000:]).decode(errors="replace")

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while data := os.read(self._process.stdout.fileno(), 65_536):
                with self._changed:
                    self._output += data
                    self._changed.notify_all()
        except (OSError, ValueError):
            pass
        with self._changed:
            self._ended = True
            self._changed.notify_all()
