"""What an engine that serves does, line by line: for people on standard error, or as JSON on standard output."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from godwit_plugin_api.errors import GodwitError

from godwit_core.backends.host_size import processors
from godwit_core.cli import output
from godwit_core.cli.execution_reports import error_json
from godwit_core.cli.tables import duration_text, shorten, time_text
from godwit_core.engine.state import Execution
from godwit_core.runtime.clock import SystemClock
from godwit_core.runtime.serving import Watcher
from godwit_core.runtime.settings import EngineSettings, Outcome

LINE_WIDTH = 80


class LineWatcher(Watcher):
    """Writes a line to standard error for each execution that is taken, ends, or is given back."""

    def __init__(self, *, plain: bool) -> None:
        self._plain = plain
        self._counts: Counter[str] = Counter()

    def began(self, engine: int, settings: EngineSettings) -> None:
        """Say which engine this is."""
        workers = settings.workers or processors()
        output.tell(f"Engine e{engine}, process {os.getpid()}, {workers} workers. Ctrl-C ends it.")

    def taken(self, execution: Execution) -> None:
        """Say what was taken."""
        self._tell(execution.name, "taken", execution.plan.entity)

    def refused(self, name: str, error: GodwitError) -> None:
        """Say what cannot be run here, and why."""
        self._counts["left to others"] += 1
        self._tell(name, "left to others", error.message.partition("\n")[0])

    def ended(self, outcome: Outcome) -> None:
        """Say how an execution ended."""
        self._counts[outcome.phase.name] += 1
        reason = f": {outcome.error.message.partition(chr(10))[0]}" if outcome.error is not None else ""
        self._tell(outcome.name, outcome.phase.name, f"{duration_text(outcome.duration_s)}{reason}")

    def freed(self, engine: int) -> None:
        """Say whose executions are free."""
        self._tell(f"engine e{engine}", "is dead", "what it held is free")

    def leaving(self, held: int) -> None:
        """Say how much is to be given back."""
        if held:
            self._tell("this engine", "is leaving", f"{held} executions go back")

    def given_back(self, name: str) -> None:
        """Say what waits for another engine."""
        self._counts["given back"] += 1
        self._tell(name, "given back", "")

    def failed(self, error: GodwitError) -> None:
        """Say why the engine cannot go on."""
        output.tell(f"Error: {error.message}\nHint: {error.hint}" if error.hint else f"Error: {error.message}")

    def done(self) -> None:
        """Sum up."""
        summary = ", ".join(f"{count} {what}" for what, count in self._counts.items())
        output.tell(f"Engine ended: {summary or 'nothing was run'}.")

    def _tell(self, name: str, what: str, detail: str) -> None:
        clock = (time_text(SystemClock().now_us()) or "")[11:19]
        output.tell(shorten(f"{clock}  {name:<12}  {what:<10}  {detail}".rstrip(), LINE_WIDTH))


class JsonWatcher(Watcher):
    """Writes a JSON object in a line of its own to standard output for each thing that happens."""

    def began(self, engine: int, settings: EngineSettings) -> None:
        """Say which engine this is."""
        workers = settings.workers or processors()
        self._write("began", {"engine": engine, "process": os.getpid(), "workers": workers})

    def taken(self, execution: Execution) -> None:
        """Say what was taken."""
        self._write("taken", {"execution": execution.name, "entity": execution.plan.entity})

    def refused(self, name: str, error: GodwitError) -> None:
        """Say what cannot be run here, and why."""
        self._write("refused", {"execution": name, "error": _described(error)})

    def ended(self, outcome: Outcome) -> None:
        """Say how an execution ended."""
        told = {"execution": outcome.name, "phase": outcome.phase.name, "duration_s": round(outcome.duration_s, 6)}
        self._write("ended", told | {"error": error_json(outcome.error)})

    def freed(self, engine: int) -> None:
        """Say whose executions are free."""
        self._write("freed", {"engine": engine})

    def leaving(self, held: int) -> None:
        """Say how much is to be given back."""
        self._write("leaving", {"held": held})

    def given_back(self, name: str) -> None:
        """Say what waits for another engine."""
        self._write("given_back", {"execution": name})

    def failed(self, error: GodwitError) -> None:
        """Say why the engine cannot go on."""
        self._write("failed", {"error": _described(error)})

    def done(self) -> None:
        """Say that the engine has ended."""
        self._write("done", {})

    @staticmethod
    def _write(event: str, told: Mapping[str, Any]) -> None:
        output.write(
            json.dumps({"event": event, "time": time_text(SystemClock().now_us()), **told}, ensure_ascii=False)
        )


def _described(error: GodwitError) -> dict[str, str]:
    return {"code": error.code, "message": error.message, "hint": error.hint}
