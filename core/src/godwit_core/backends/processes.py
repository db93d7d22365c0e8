"""Runner processes: starting one, speaking `runner/v1` with it, and bringing it to its end with its process group."""

import os
import signal
import time
from _socket import socket
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from godwit_plugin_api.backend import AttemptRequest, TaskReference
from godwitidl.core.v1.event_pb2 import LogSlice, Usage
from godwitidl.rules.framing import FrameReader, frame
from godwitidl.runner.v1.runner_pb2 import Command

from godwit_core.backends.prestart import adopted
from godwit_core.backends.spawning import PROTOCOL_DESCRIPTOR, PYTHON_RUNNER, STANDARD_INPUT, end, spawn, streaming
from godwit_core.backends.watchdog import Guarded

ZOMBIE_S = 1.0
"""How long the end of a killed process is waited for."""

LAST_WORDS_BYTES = 800
"""How much of what a lost process wrote stands in its error; all of it is in the log."""


class RunnerProcess:
    """One runner, and the attempts that it was sent and has not answered, the one under way first.

    Attributes:
        log_name: name of the file that its output goes to, below the folder of logs.
        log_end: where in that file the last attempt that it reported had ended.
        source_root: folder whose modules it has imported, or is about to; empty: none yet.
        prepared: keys of the tasks that it knows.
        in_flight: requests, in the order in which they were sent.
        ending: whether it was told to go; no attempt is sent any more.
        cancelled: ids in flight whose cancellation was asked for.
        began_s: when the attempt under way began, by the monotonic clock.
        excess: what the attempt took that the runner was ended for; None: that was not why.
        cpu_us: processor time of the attempts that it has reported.
        told_log: id of the last attempt of which the engine knows where its log begins, before its end.
        socket_on_standard_input: whether its socket is its descriptor 0.
    """

    def __init__(self, command: tuple[str, ...], process: int, channel: socket, log_name: str) -> None:
        self.command = command
        self.process = process
        self.log_name = log_name
        self.log_end = 0
        self.source_root = ""
        self.prepared: set[int] = set()
        self.in_flight: deque[AttemptRequest] = deque()
        self.ending = False
        self.cancelled: set[str] = set()
        self.began_s = 0.0
        self.excess: Guarded | None = None
        self.cpu_us = 0
        self.told_log = ""
        self.socket_on_standard_input = False
        self._status: int | None = None
        self._used_cpu_us = 0
        self._reaped_s = 0.0
        self._channel = channel
        self._reader = FrameReader()
        self._unsent = bytearray()

    @property
    def descriptor(self) -> int:
        """The socket's descriptor."""
        return self._channel.fileno()

    @property
    def place(self) -> str:
        """Where it runs, for people."""
        return f"process {self.process} on {os.uname().nodename}"

    def serves(self, task: TaskReference) -> bool:
        """Return whether it may run *task*: one process cannot have modules of two source folders, of equal names."""
        roots = {self.source_root, task.source_root} - {""}
        is_as_wanted = self.socket_on_standard_input == task.socket_on_standard_input
        return self.command == task.command and is_as_wanted and len(roots) < 2

    def take(self, request: AttemptRequest) -> None:
        """Note that *request* is about to be sent."""
        self.source_root = self.source_root or request.task.source_root
        self.in_flight.append(request)

    def send(self, message: bytes) -> bool:
        """Send an encoded `Command`, or keep it until there is room; return whether all was sent."""
        self._unsent += frame(message)
        return self.flush()

    def flush(self) -> bool:
        """Send what is kept; return whether all was sent. A runner that is gone takes everything."""
        while self._unsent:
            try:
                sent = self._channel.send(self._unsent)
            except BlockingIOError:
                return False
            except (BrokenPipeError, ConnectionResetError):
                self._unsent.clear()
                return True
            del self._unsent[:sent]
        return True

    def receive(self) -> list[bytes] | None:
        """Return the encoded `Report`s that have come; None when the runner has closed its end."""
        try:
            data = self._channel.recv(1 << 16)
        except BlockingIOError:
            return []
        except OSError:
            return None  # reset by the runner, or closed by us
        return self._reader.feed(data) if data else None

    def signal_group(self, number: int) -> None:
        """Send a signal to the runner and to everything that it started, as far as it is still there."""
        try:
            os.killpg(self.process, number)
        except (ProcessLookupError, PermissionError):
            return

    def reap(self, *, block: bool = False) -> int | None:
        """Return the wait status when the process has ended, and end what is left of its group; else None."""
        if self._status is None:
            try:
                process, status, used = os.wait4(self.process, 0 if block else os.WNOHANG)
            except ChildProcessError:
                self._status = 0
                return 0
            if process == 0:
                return None
            self._status, self._reaped_s = status, time.monotonic()
            self._used_cpu_us = round((used.ru_utime + used.ru_stime) * 1e6)
            self.signal_group(signal.SIGKILL)
        return self._status

    def is_gone(self) -> bool:
        """Return whether all that the reaped process had started is gone, too.

        What has been killed and is not gone in a second stays, as a zombie, only because nobody reaps it.
        """
        try:
            os.killpg(self.process, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        return time.monotonic() - self._reaped_s > ZOMBIE_S

    def usage(self) -> bytes:
        """Return the encoded `Usage` of the attempt that was under way when the reaped process ended.

        Its processor time includes what the process spent on itself.
        """
        usage = Usage()
        usage.wall_micros = max(0, round((time.monotonic() - self.began_s) * 1e6))
        usage.cpu_micros = max(0, self._used_cpu_us - self.cpu_us)
        usage.peak_memory_bytes = self.excess.peak if self.excess is not None else 0
        return usage.SerializeToString()

    def last_words(self, logs: Path) -> tuple[bytes, str]:
        """Return where it wrote since its last result, encoded, and the end of that; *logs* is the folder of logs."""
        file = logs / self.log_name
        try:
            with file.open("rb") as stream:
                end = stream.seek(0, os.SEEK_END)
                stream.seek(max(self.log_end, end - LAST_WORDS_BYTES))
                words = stream.read().decode(errors="replace").strip()
        except OSError:
            return b"", ""
        if end <= self.log_end:
            return b"", ""
        return LogSlice(segment=self.log_name, begin=self.log_end, end=end).SerializeToString(), words

    def open_log(self) -> LogSlice:
        """Return where the log of the attempt under way begins."""
        return LogSlice(segment=self.log_name, begin=self.log_end)

    def close(self) -> None:
        """Close our end of the socket; a runner that waits for work ends."""
        self._channel.close()


class RunnerStart(NamedTuple):
    """How a runner is started.

    Attributes:
        command: the template that tasks say.
        arguments: what the template stands for.
        options: further arguments.
        socket_on_standard_input: whether it is to find its socket there.
    """

    command: tuple[str, ...]
    arguments: Sequence[str]
    options: Sequence[str] = ()
    socket_on_standard_input: bool = False


def start_runner(start: RunnerStart, log_folder: Path, name: str, environment: Mapping[str, str]) -> RunnerProcess:
    """Start a runner in a process group of its own, its output appended to a file.

    Raises:
        OSError: the program or the folder is not to be had.
    """
    log_folder.mkdir(parents=True, exist_ok=True)
    log_name = f"{log_folder.name}/{name}.log"
    descriptor = STANDARD_INPUT if start.socket_on_standard_input else PROTOCOL_DESCRIPTOR
    arguments = [*streaming(start.arguments, log_name, descriptor), *start.options]
    process, channel = spawn(arguments, environment, str(log_folder / f"{name}.log"), descriptor)
    runner = RunnerProcess(start.command, process, channel, log_name)
    runner.socket_on_standard_input = start.socket_on_standard_input
    return runner


def adopt_runner(handed_over: str, options: Sequence[str], log_folder: Path, name: str) -> RunnerProcess | None:
    """Take over a runner that was started beforehand, and have its output appended to a file from now on.

    Returns:
        The runner; None if it was started with other *options*: then it has been ended.

    Raises:
        OSError: the folder is not to be had.
    """
    process, channel, came = adopted(handed_over)
    if came != list(options):
        channel.close()
        end(process)
        return None
    log_folder.mkdir(parents=True, exist_ok=True)
    runner = RunnerProcess(PYTHON_RUNNER, process, channel, f"{log_folder.name}/{name}.log")
    command = Command()
    command.redirect.path = str(log_folder / f"{name}.log")
    command.redirect.log_name = runner.log_name
    runner.send(command.SerializeToString())
    return runner
