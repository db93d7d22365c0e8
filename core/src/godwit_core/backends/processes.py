"""Runner processes: starting one, speaking `runner/v1` with it, and bringing it to its end with its process group."""

import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from godwit_plugin_api.backend import AttemptRequest
from godwitidl.rules.framing import FrameReader, frame

PROTOCOL_DESCRIPTOR = 3
"""Descriptor at which a runner finds its socket."""


class RunnerProcess:
    """One runner, and the attempts that it was sent and has not answered, the one under way first.

    Attributes:
        log_name: name of the file that its output goes to, below the folder of logs.
        prepared: keys of the tasks that it knows.
        in_flight: requests, in the order in which they were sent.
        ending: whether it was told to go; no attempt is sent any more.
        cancelled: ids in flight whose cancellation was asked for.
    """

    def __init__(self, command: tuple[str, ...], process: int, channel: socket.socket, log_name: str) -> None:
        self.command = command
        self.process = process
        self.log_name = log_name
        self.prepared: set[int] = set()
        self.in_flight: deque[AttemptRequest] = deque()
        self.ending = False
        self.cancelled: set[str] = set()
        self._channel = channel
        self._reader = FrameReader()
        self._unsent = bytearray()

    @property
    def descriptor(self) -> int:
        """The socket's descriptor."""
        return self._channel.fileno()

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
            data = self._channel.recv(1 << 18)
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
        try:
            process, status = os.waitpid(self.process, 0 if block else os.WNOHANG)
        except ChildProcessError:
            return 0
        if process == 0:
            return None
        self.signal_group(signal.SIGKILL)
        return status

    def close(self) -> None:
        """Close our end of the socket; a runner that waits for work ends."""
        self._channel.close()


def start_runner(
    command: tuple[str, ...], options: Sequence[str], log_folder: Path, name: str, environment: Mapping[str, str]
) -> RunnerProcess:
    """Start a runner in a process group of its own, its output appended to a file; *options* follow its command.

    Raises:
        OSError: the program or the folder is not to be had.
    """
    log_folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    log_name = f"{log_folder.name}/{name}.log"
    arguments = [*fill(command, log_name), *options]
    log = str(log_folder / f"{name}.log")
    append = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    try:
        process = os.posix_spawnp(
            arguments[0],
            arguments,
            dict(environment),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, append, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
                (os.POSIX_SPAWN_DUP2, theirs.fileno(), PROTOCOL_DESCRIPTOR),
            ],
            setpgroup=0,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return RunnerProcess(command, process, ours, log_name)


def fill(command: Sequence[str], log_name: str) -> list[str]:
    """Return the arguments that a runner's command template stands for."""
    filled = [part.replace("{python}", sys.executable) for part in command]
    return [*filled, "--fd", str(PROTOCOL_DESCRIPTOR), "--log-name", log_name]
