"""What is shown while an execution runs: a live view on a terminal, a line for each event of note elsewhere."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from godwitidl.core.v1.errors_pb2 import ExecutionError

from godwit_core.cli import output
from godwit_core.cli.gate_reports import question, remedy
from godwit_core.cli.tables import duration_text
from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.phases import CacheStatus, NodePhase
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime.reporting import node_report

LIVE_AFTER_S = 0.4
"""Executions that are done by then have no live view, and do not pay for its imports."""
SHOWN_NODES = 12


class Quiet:
    """Shows nothing. Called by the engine after each commit, as the others here."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return

    def __call__(self, execution: Execution, nodes: Sequence[Node]) -> None:
        """Take note of the nodes that changed."""


class LineProgress(Quiet):
    """Writes a line to standard error when a node ends, or waits for its next attempt."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told: set[tuple[int, int]] = set()

    def __call__(self, execution: Execution, nodes: Sequence[Node]) -> None:
        """Write the lines of the nodes that changed."""
        if execution.name == self._name:
            self.tell(self.news(execution, nodes))

    def news(self, execution: Execution, nodes: Sequence[Node]) -> list[str]:
        """Return the lines that are to be written of the nodes that changed, each once."""
        return [line for node in nodes if (line := self._asks(execution, node) or self._line(node))]

    @staticmethod
    def tell(lines: Sequence[str]) -> None:
        """Write *lines*."""
        if lines:
            output.tell("\n".join(lines))

    def _asks(self, execution: Execution, node: Node) -> str | None:
        """Return what a gate asks, once, and how to answer."""
        if not waits_for_answer(node) or (node.number, -1) in self._told:
            return None
        self._told.add((node.number, -1))
        return f"{node.path} waits for an answer: {question(node)}\n  {remedy(execution.name, node)}"

    def _line(self, node: Node) -> str | None:
        again = node.phase in {NodePhase.WAITING, NodePhase.QUEUED} and node.failures > 0
        key = (node.number, 0 if node.phase.final else node.failures)
        if not (node.phase.final or again) or key in self._told:
            return None
        if node.scope.of_item and not again and node.phase is not NodePhase.FAILED:
            return None  # of what runs inside the items of maps, only what goes wrong is told
        self._told.add(key)
        if again:
            return f"{node.path} {node.plan.name}: attempt {node.attempt} failed, will try again"
        report = node_report(node, node.finished_us)
        hit = ", cache hit" if node.cache is CacheStatus.HIT else ""
        reason = ""
        if node.phase is NodePhase.FAILED and node.error:
            reason = f": {ExecutionError.FromString(node.error).message.partition(chr(10))[0]}"
        return f"{node.path} {node.plan.name}: {node.phase.name}{hit}, {duration_text(report.duration_s)}{reason}"


class LiveProgress(Quiet):
    """A view that is drawn again and again, by a thread of its own; it appears when the execution lasts a while."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._phases: dict[int, NodePhase] = {}
        self._running: dict[int, Node] = {}
        self._total = 0
        self._live: Any = None
        self._timer = threading.Timer(LIVE_AFTER_S, self._start)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._closed = True
            if self._live is not None:
                self._live.stop()

    def __call__(self, execution: Execution, nodes: Sequence[Node]) -> None:
        """Take note of the nodes that changed; drawing is the thread's work."""
        if execution.name != self._name:
            return
        self._total = sum(not node.scope.of_item for node in execution.nodes)
        for node in nodes:
            if not node.scope.of_item:
                self._phases[node.number] = node.phase
            if node.phase is NodePhase.RUNNING:
                self._running[node.number] = node
            else:
                self._running.pop(node.number, None)

    def _start(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - heavy, and needed only by what lasts
        from rich.live import Live  # noqa: PLC0415 - likewise

        with self._lock:
            if not self._closed:
                console = Console(stderr=True)
                self._live = Live(console=console, get_renderable=self._view, refresh_per_second=8, transient=True)
                self._live.start()

    def _view(self) -> Any:
        from rich.text import Text  # noqa: PLC0415 - as above

        phases = list(self._phases.values())
        done = sum(phase.final for phase in phases)
        failed = sum(phase is NodePhase.FAILED for phase in phases)
        running = list(self._running.values())
        text = Text(f"{self._name}  {done}/{self._total} nodes")
        if failed:
            text.append(f"  {failed} failed", "red")
        for node in running[:SHOWN_NODES]:
            attempt = f"  attempt {node.attempt}" if node.attempt > 1 else ""
            text.append(f"\n  {node.path} {node.plan.name}{attempt}", "blue")
        if len(running) > SHOWN_NODES:
            text.append(f"\n  … and {len(running) - SHOWN_NODES} more", "dim")
        return text
