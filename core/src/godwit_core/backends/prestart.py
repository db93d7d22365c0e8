"""A runner that is started before it is known to what engine it will belong, so that both start at the same time.

Its output goes nowhere until a backend adopts it; so a call that turns out to be wrong has created nothing.
"""

import os
from _socket import socket
from collections.abc import Sequence

from godwit_core.backends.spawning import end, python_command, spawn


class PrestartedRunner:
    """A runner of Python tasks that belongs to nobody yet. Of `hand_over` and `discard`, what comes first counts."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        """Start it with *options*.

        Raises:
            OSError: it cannot be started.
        """
        self._options = options
        self._process, self._channel = spawn([*python_command(), *options], os.environ, os.devnull)

    def hand_over(self) -> str:
        """Return what `adopted` makes a runner of; from now on it is the adopter's. Empty when it is gone already."""
        descriptor = self._channel.detach()
        return " ".join((str(self._process), str(descriptor), *self._options)) if descriptor >= 0 else ""

    def discard(self) -> None:
        """End it, unless it was handed over."""
        if self._channel.fileno() >= 0:
            self._channel.close()
            end(self._process)


def adopted(text: str) -> tuple[int, socket, list[str]]:
    """Return process, socket and options of a runner that was handed over."""
    process, descriptor, *options = text.split()
    return int(process), socket(fileno=int(descriptor)), options
