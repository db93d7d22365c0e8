"""Gates asked on the terminal, where tasks run in the same process and have it anyway."""

from collections.abc import Sequence

from godwit_plugin_api.errors import InvalidInput

from godwit_core.cli.gate_reports import question
from godwit_core.cli.input_values import read_value
from godwit_core.cli.progress import LineProgress
from godwit_core.engine.events import Answer
from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime import signals
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.terminal_questions import TerminalQuestions

_SAID = {"y": Answer.APPROVED, "yes": Answer.APPROVED, "n": Answer.REJECTED, "no": Answer.REJECTED}


class TerminalAnswers:
    """Asks what the gates of an execution ask, one after the other, beside its progress, and answers them."""

    def __init__(self, engine: Engine, name: str, progress: LineProgress) -> None:
        self._name = name
        self._progress = progress
        self._questions = TerminalQuestions(engine, name, _asked, _answer)

    def __call__(self, execution: Execution, nodes: Sequence[Node]) -> None:
        """Tell the progress, and ask what began to wait."""
        if execution.name != self._name:
            return
        lines = self._progress.news(execution, nodes)
        if lines:
            with self._questions.interrupted(nodes):
                self._progress.tell(lines)
        for node in nodes:
            if waits_for_answer(node):
                self._questions.ask(node)


def _asked(node: Node) -> str:
    return f"{question(node)}{'' if signals.gate_of(node).type is not None else ' yes or no?'}"


def _answer(node: Node, line: str) -> str:
    """Return the command that answers *node* by what was typed.

    Raises:
        InvalidInput: it does not fit.
    """
    gate = signals.gate_of(node)
    if gate.type is not None:
        return signals.command(node, Answer.VALUE, read_value("value", line, gate.type))
    if line.lower() not in _SAID:
        raise InvalidInput(f"Expected yes or no; got {line!r}.")
    return signals.command(node, _SAID[line.lower()])
