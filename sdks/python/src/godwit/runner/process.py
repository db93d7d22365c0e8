"""What the runner's process arranges with the system: to end with its parent, and to read from nobody."""

import os
import signal
import sys
from contextlib import suppress
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def die_with_parent() -> None:
    """Have this process killed when its parent ends, where the system can; elsewhere the socket's end must do."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - 2 ms while the runner waits for its first task anyway

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def take_descriptor(descriptor: int) -> int:
    """Return a descriptor of the same socket that is not standard input's."""
    return os.dup(descriptor) if descriptor == 0 else descriptor


def detach_input() -> None:
    """Let standard input be empty: task code must not wait for a terminal."""
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.dup2(descriptor, 0)
    if descriptor != 0:
        os.close(descriptor)


def go_home(folder: str) -> None:
    """Undo a change of the working folder, which was *folder*: what runs next starts where this did."""
    try:
        if os.getcwd() == folder:  # noqa: PTH109 - a path object for each attempt is slow
            return
    except FileNotFoundError:
        pass
    with suppress(OSError):
        os.chdir(folder)
