"""Gates asked on the terminal, where tasks run in the same process and have it anyway."""

import sys
from collections.abc import Sequence

from godwit_plugin_api.errors import InvalidInput

from godwit_core.cli.gate_reports import question
from godwit_core.cli.input_values import read_value
from godwit_core.engine.events import Answer
from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime import signals
from godwit_core.runtime.engine import Engine, OnChange
from godwit_core.store import commands

_SAID = {"y": Answer.APPROVED, "yes": Answer.APPROVED, "n": Answer.REJECTED, "no": Answer.REJECTED}


class TerminalAnswers:
    """Asks what the gates of an execution ask, one after the other, and gives the engine the answers.

    The loop stands still meanwhile, as it does while a task runs in it.
    """

    def __init__(self, engine: Engine, name: str, then: OnChange) -> None:
        """Before it asks, *then* is told of each change."""
        self._engine = engine
        self._name = name
        self._then = then

    def __call__(self, execution: Execution, nodes: Sequence[Node]) -> None:
        """Ask what began to wait."""
        self._then(execution, nodes)
        for node in nodes:
            if execution.name == self._name and waits_for_answer(node):
                self._engine.request(self._name, commands.SIGNAL, _asked(node))


def _asked(node: Node) -> str:
    """Return the command that answers *node*; asks until the answer fits.

    Raises:
        KeyboardInterrupt: the terminal was closed.
    """
    gate = signals.gate_of(node)
    while True:
        sys.stderr.write(f"{node.path}: {question(node)}{' yes or no?' if gate.type is None else ''} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt
        try:
            if gate.type is not None:
                return signals.command(node, Answer.VALUE, read_value("value", line.strip(), gate.type))
            if line.strip().lower() in _SAID:
                return signals.command(node, _SAID[line.strip().lower()])
        except InvalidInput as error:
            sys.stderr.write(f"{error}\n")
