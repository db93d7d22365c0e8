"""Gates that ask on the terminal of the engine's own process, one after the other, while everything else goes on.

The loop reads the terminal between its turns, so a task that runs in this very thread has it meanwhile.
"""

import contextlib
import io
import os
import sys
import termios
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from godwit_plugin_api.errors import GodwitError

from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.state import Node
from godwit_core.runtime.engine import Engine
from godwit_core.store import commands

LONGEST_READ = 1 << 16


class TerminalQuestions:
    """Asks what gates of one execution ask, and gives the engine the answers.

    A question goes away when somebody answers it from elsewhere, or its time is over.
    """

    def __init__(
        self, engine: Engine, execution: str, question: Callable[[Node], str], read: Callable[[Node, str], str]
    ) -> None:
        """Take how gates ask and are answered.

        Args:
            engine: it holds the execution.
            execution: name of the execution.
            question: returns what a gate asks, in one line.
            read: returns the command that answers a gate by a line that was typed; raises `GodwitError` if it does not
                fit.
        """
        self._engine = engine
        self._execution = execution
        self._question = question
        self._read = read
        self._asked: Node | None = None
        self._waiting: deque[Node] = deque()
        self._typed = b""

    def ask(self, node: Node) -> None:
        """Ask what *node*, a gate that waits, asks, as soon as nothing else is asked.

        Raises:
            KeyboardInterrupt: the terminal was closed.
        """
        if node is self._asked or node in self._waiting:
            return
        self._waiting.append(node)
        if self._asked is None:
            self._go_on()

    @contextlib.contextmanager
    def interrupted(self, nodes: Sequence[Node]) -> Iterator[None]:
        """Take away the question while others write to the terminal; withdraw it if it is among *nodes* and settled."""
        asked = self._asked
        if asked is None:
            yield
            return
        self._clear()
        yield
        if any(node is asked for node in nodes) and not waits_for_answer(asked):
            self._withdraw(asked)
        else:
            self._show(asked)

    def _go_on(self) -> None:
        """Ask the next question."""
        while self._waiting:
            node = self._waiting.popleft()
            if not waits_for_answer(node):
                continue
            self._asked = node
            self._show(node)
            descriptor = _descriptor()
            if descriptor is None:
                self._wait_for_line()
            else:
                self._engine.loop.watch(descriptor, self._ready)
                if b"\n" in self._typed:
                    self._ready()
            return

    def _ready(self) -> None:
        """Take what was typed."""
        descriptor = _descriptor()
        if b"\n" not in self._typed and descriptor is not None:
            try:
                more = os.read(descriptor, LONGEST_READ)
            except OSError:
                more = b""  # the terminal has gone
            if not more:
                raise KeyboardInterrupt
            self._typed += more
        line, newline, rest = self._typed.partition(b"\n")
        if newline:
            self._typed = rest
            self._take(line.decode(errors="replace").strip())

    def _wait_for_line(self) -> None:
        """Read a line of what is a terminal without a descriptor; everything waits for it."""
        while self._asked is not None:
            line = sys.stdin.readline()
            if not line:
                raise KeyboardInterrupt
            self._take(line.strip())

    def _take(self, line: str) -> None:
        """Answer with *line*, or ask again if it does not fit."""
        node = self._asked
        assert node is not None, "something is asked"
        try:
            command = self._read(node, line)
        except GodwitError as error:
            sys.stderr.write(f"{error}\n")
            self._show(node)
            return
        self._engine.request(self._execution, commands.SIGNAL, command)
        self._close()

    def _withdraw(self, node: Node) -> None:
        """Ask no longer what somebody else has answered, or what was given up."""
        descriptor = _descriptor()
        if descriptor is not None:
            with contextlib.suppress(termios.error):
                termios.tcflush(descriptor, termios.TCIFLUSH)  # half an answer is none to the next question
        self._typed = b""
        # Only now: what is typed by somebody who has read this is meant for what follows.
        sys.stderr.write(f"{node.path}: {node.phase.name}; no answer is needed any more.\n")
        self._close()

    def _close(self) -> None:
        descriptor = _descriptor()
        if descriptor is not None:
            self._engine.loop.unwatch(descriptor)
        self._asked = None
        self._go_on()

    def _show(self, node: Node) -> None:
        sys.stderr.write(f"{node.path}: {self._question(node)} ")
        sys.stderr.flush()

    @staticmethod
    def _clear() -> None:
        sys.stderr.write("\r\033[K" if sys.stderr.isatty() else "\n")


def _descriptor() -> int | None:
    """Return the descriptor of standard input; None of one that has none."""
    try:
        return sys.stdin.fileno()
    except (AttributeError, ValueError, io.UnsupportedOperation):
        return None
