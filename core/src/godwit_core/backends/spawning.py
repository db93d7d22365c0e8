"""Starting the process of a runner, with what imports next to nothing: the command line does it before all else.

The sockets are those of the interpreter, `_socket`, without what the module `socket` puts on top: that one and `signal`
import enough to delay the runner by half of the time in which the interpreter itself starts.
"""

import os
import sys
from _socket import socket, socketpair
from collections.abc import Mapping, Sequence

PYTHON_RUNNER = ("{python}", "-P", "-m", "godwit.runner")
"""Command of the runner of Python tasks."""
PROTOCOL_DESCRIPTOR = 3
"""Descriptor at which a runner finds its socket."""
_SIGKILL = 9
"""On every system; see above for why it is not asked from `signal`."""


def spawn(arguments: Sequence[str], environment: Mapping[str, str], log: str) -> tuple[int, socket]:
    """Start a runner in a process group of its own, its output appended to the file *log*.

    Returns:
        Its process id, and our end of its socket, which does not block.

    Raises:
        OSError: the program or the file is not to be had.
    """
    ours, theirs = socketpair()
    ours.setblocking(False)
    append = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    try:
        process = os.posix_spawnp(
            arguments[0],
            list(arguments),
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
    return process, ours


def end(process: int) -> None:
    """End a child with all that it started, and wait for its end."""
    try:
        os.killpg(process, _SIGKILL)
        os.waitpid(process, 0)
    except (ProcessLookupError, PermissionError, ChildProcessError):
        return


def fill(command: Sequence[str], log_name: str = "") -> list[str]:
    """Return the arguments that a runner's command template stands for. Without *log_name*, it is to be redirected."""
    filled = [part.replace("{python}", sys.executable) for part in command]
    named = ["--log-name", log_name] if log_name else []
    return [*filled, "--fd", str(PROTOCOL_DESCRIPTOR), *named]
