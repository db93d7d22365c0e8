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
"""Descriptor at which a runner finds its socket, unless it wants it as its standard input."""
STANDARD_INPUT = 0
_SIGKILL = 9
"""On every system; see above for why it is not asked from `signal`."""


def spawn(
    arguments: Sequence[str], environment: Mapping[str, str], log: str, descriptor: int = PROTOCOL_DESCRIPTOR
) -> tuple[int, socket]:
    """Start a runner in a process group of its own, its output appended to the file *log*, its socket at *descriptor*.

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
                (os.POSIX_SPAWN_DUP2, theirs.fileno(), descriptor),
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


def python_command() -> list[str]:
    """Return the arguments that start the runner of Python tasks, which is to be redirected."""
    return streaming([part.replace("{python}", sys.executable) for part in PYTHON_RUNNER])


def streaming(command: Sequence[str], log_name: str = "", descriptor: int = PROTOCOL_DESCRIPTOR) -> list[str]:
    """Return *command* with the arguments of a runner that streams. Without *log_name*, it is to be redirected."""
    named = ["--log-name", log_name] if log_name else []
    return [*command, "--fd", str(descriptor), *named]
