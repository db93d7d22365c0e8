"""Running an execution to its end on a terminal: progress, Ctrl-C, and what is said when the engine fails."""

import contextlib
import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Any, Self

from godwit_plugin_api.errors import GodwitError

from godwit_core.cli import output
from godwit_core.cli.execution_reports import exit_status, write_outcome
from godwit_core.cli.gate_prompts import TerminalAnswers
from godwit_core.cli.progress import LineProgress, LiveProgress, Quiet
from godwit_core.cli.session import Session
from godwit_core.runtime.engine import Engine

_ABORTING = "Aborting: waiting for what is under way to end. Press Ctrl-C again to leave at once.\n"


class Interruption:
    """Ctrl-C while an execution runs: the first aborts it politely, the second leaves at once.

    A context manager. In inline mode the user's code has the terminal, so the first leaves at once, too.
    """

    def __init__(self, engine: Engine, name: str, *, at_once: bool) -> None:
        self.came = False
        self._engine = engine
        self._name = name
        self._at_once = at_once

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.came or self._at_once:
            raise KeyboardInterrupt
        self.came = True
        os.write(2, _ABORTING.encode())  # not `print`: a signal may come in the middle of one
        self._engine.request_abort(self._name, "interrupted")


def run_to_end(engine: Engine, name: str, session: Session, *, inline: bool = False) -> int:
    """Run an execution that *engine* holds until it has ended, tell how, and return the exit status."""
    redirected = contextlib.redirect_stdout(sys.stderr) if inline and session.json else contextlib.nullcontext()
    try:
        with (
            Interruption(engine, name, at_once=inline) as interruption,
            redirected,
            _progress(session, name, inline=inline) as progress,
        ):
            asks = inline and sys.stdin is not None and sys.stdin.isatty()
            if asks and isinstance(progress, LineProgress):
                outcome = engine.run(name, TerminalAnswers(engine, name, progress))
            else:
                outcome = engine.run(name, progress)
    except KeyboardInterrupt:
        return _tell_unfinished(name, session, None, 130)
    except GodwitError as error:
        return _tell_unfinished(name, session, error, 1)
    write_outcome(outcome, json=session.json, plain=session.plain)
    return 130 if interruption.came else exit_status(outcome.phase)


def _progress(session: Session, name: str, *, inline: bool) -> Quiet | LineProgress | LiveProgress:
    if session.json:
        return Quiet()
    if sys.stderr.isatty() and not inline and not session.plain:
        return LiveProgress(name)
    return LineProgress(name)


def _tell_unfinished(name: str, session: Session, error: GodwitError | None, status: int) -> int:
    """Tell that an execution is kept as far as it came, and return *status*."""
    hint = f"The execution is kept. Go on with: godwit executions resume {name}"
    told: dict[str, Any] = {"code": "INTERRUPTED", "message": "Interrupted.", "hint": hint}
    if error is not None:
        told = {"code": error.code, "message": error.message, "hint": f"{error.hint} {hint}".strip()}
    if session.json:
        unfinished: dict[str, Any] = {"phase": "RUNNING", "outputs": {}, "error": told, "duration_s": None, "nodes": []}
        output.write_json({"execution": name, **unfinished})
    else:
        output.tell(f"Error: {told['message']}\nHint: {told['hint']}")
    return status
