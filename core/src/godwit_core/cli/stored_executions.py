"""Executions as the database has them, put together for reading: rows, graph, and what happened to each node."""

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.event_pb2 import Event, LogSlice

from godwit_core.cli.store_access import engine_of, holder_of
from godwit_core.compiler.registrations import compile_registration
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime import reporting
from godwit_core.runtime.clock import SystemClock
from godwit_core.runtime.revival import revive
from godwit_core.runtime.settings import Outcome
from godwit_core.runtime.stored_values import StoredValues
from godwit_core.store import executions, packing, reading
from godwit_core.store.engines import EngineRow
from godwit_core.store.executions import ExecutionRow

_OF_ATTEMPTS = frozenset(
    {"attempt_started", "log_started", "attempt_linked", "attempt_finished", "cancel_requested", "cancel_awaited"}
)

MOST_ITEMS = 20
"""Failed items of maps over workflows that are shown from inside; the others are listed with their errors."""
_ITEM_BEGINS = re.compile(r"(?<=[^/])\[")


@dataclass(slots=True)
class Attempt:
    """One try of a node. Times in microseconds since the epoch, 0 where they have not come.

    Attributes:
        wall_s, cpu_s, peak_memory_bytes: what it used; 0: unknown, or next to nothing.
        cancelling: why its end was asked for, an error's code; empty: it was not.
        cancelling_us: when.
        waiting_on: what its end waits for, as its backend says; empty: unknown.
        memory_bytes: memory that it was given, where it is more than its task declares; 0: as much.
        links: where its work can be looked at, url by name, in the order in which they were told.
        report: uri of a page that it left; empty: it left none.
        log: where it writes; None: nowhere, as far as is known. Without an end (0) as long as it has not ended, and
            where nobody was left to tell: it reaches to the end of its file then.
    """

    number: int
    worker: str = ""
    started_us: int = 0
    finished_us: int = 0
    error: ExecutionError | None = None
    log: LogSlice | None = None
    peak_memory_bytes: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    cancelling: str = ""
    cancelling_us: int = 0
    waiting_on: str = ""
    memory_bytes: int = 0
    links: dict[str, str] = field(default_factory=dict)
    report: str = ""


@dataclass(slots=True)
class StoredExecution:
    """An execution as it was at one moment.

    Attributes:
        engine: as `engine_of` says.
        holder: the living engine that holds it; None without one.
        attempts: of each node, by its path.
    """

    row: ExecutionRow
    state: Execution
    engine: str | None
    holder: EngineRow | None = None
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)

    def outcome(self) -> Outcome:
        """Return how it stands: until now, where it has not ended."""
        now_us = self.row.finished_us or SystemClock().now_us()
        error = ExecutionError.FromString(self.row.error) if self.row.error else None
        return Outcome(
            self.row.name,
            self.row.phase,
            self.state.plan.root.interface,
            packing.unpack(self.row.outputs) if self.row.outputs else {},
            error,
            max(0, now_us - self.row.created_us) / 1e6,
            [reporting.node_report(node, now_us) for node in self.state.nodes],
        )

    def node(self, path: str) -> Node:
        """Return a node by its path, or by its name where only one has it.

        Raises:
            InvalidInput: there is none.
        """
        path = with_steps(path)
        found = [node for node in self.state.nodes if node.path == path]
        found = found or [node for node in self.state.nodes if node.plan.name == path]
        if len(found) == 1:
            return found[0]
        shown = ", ".join(node.path for node in (found or list(self.state.nodes))[:20])
        what = "More than one node of" if found else "No node of"
        verb = f"is named {path!r}"
        raise InvalidInput(
            f"{what} execution {self.row.name} {verb}.", hint=f"Say one of: {shown}.", code="UNKNOWN_NODE"
        )


def with_steps(path: str) -> str:
    """Return a path as it is written in full: people may leave out the slash before an item, as in `n0[3]/n1`."""
    return _ITEM_BEGINS.sub("/[", path)


class ShownItems:
    """Which items of maps over workflows are shown from inside, of those that have ended.

    Those that failed, up to a number, and those that *path* leads through.
    """

    def __init__(self, path: str) -> None:
        self._path = with_steps(path)
        self._left = MOST_ITEMS

    def __call__(self, item: Node) -> bool:
        """Return whether *item* is shown from inside."""
        if self._path.startswith(f"{item.path}/"):
            return True
        self._left -= item.phase is NodePhase.FAILED
        return item.phase is NodePhase.FAILED and self._left >= 0


def read_execution(
    connection: sqlite3.Connection, name: str, registry: PluginRegistry, path: str = ""
) -> StoredExecution:
    """Return the execution of that name, or of the one name that begins so; with the node *path* wherever it is.

    Raises:
        InvalidInput: there is none, or more than one.
    """
    with reading.snapshot(connection):
        row = reading.get_execution(connection, name)
        registration = Registration.FromString(executions.get_registration(connection, row.registration))
        plan = compile_registration(registration, row.entity)
        state = revive(connection, row, plan, StoredValues(registry), ShownItems(path))
        attempts = read_attempts(reading.list_events(connection, row.id))
        return StoredExecution(row, state, engine_of(connection, row), holder_of(connection, row), attempts)


def read_attempts(events: Iterable[Event]) -> dict[str, list[Attempt]]:
    """Return the attempts of each node, by its path, from an execution's history."""
    attempts: dict[str, dict[int, Attempt]] = {}
    given: dict[str, int] = {}
    for event in events:
        kind = event.WhichOneof("kind")
        if kind == "retry_scheduled" and event.retry_scheduled.memory_bytes:
            given[path_text(event)] = event.retry_scheduled.memory_bytes
        if kind not in _OF_ATTEMPTS:
            continue
        number = getattr(event, kind).attempt
        attempt = attempts.setdefault(path_text(event), {}).setdefault(number, Attempt(number))
        if kind == "attempt_started":
            attempt.started_us, attempt.worker = event.time.ToMicroseconds(), event.attempt_started.worker
            attempt.memory_bytes = given.get(path_text(event), 0)
            continue
        if kind == "log_started":
            attempt.log = event.log_started.log
            continue
        if kind == "cancel_requested":
            attempt.cancelling_us, attempt.cancelling = event.time.ToMicroseconds(), event.cancel_requested.reason
            continue
        if kind == "attempt_linked":
            attempt.links[event.attempt_linked.link.name] = event.attempt_linked.link.url
            continue
        if kind == "cancel_awaited":
            attempt.waiting_on = awaited_text(event)
            continue
        finished = event.attempt_finished
        attempt.report = finished.report
        attempt.finished_us = event.time.ToMicroseconds()
        attempt.error = finished.error if finished.HasField("error") else None
        attempt.log = finished.log if finished.HasField("log") else attempt.log
        attempt.peak_memory_bytes = finished.usage.peak_memory_bytes
        attempt.cpu_s = finished.usage.cpu_micros / 1e6
        attempt.wall_s = finished.usage.wall_micros / 1e6
    return {path: [by_number[number] for number in sorted(by_number)] for path, by_number in attempts.items()}


def awaited_text(event: Event) -> str:
    """Return what the end of a cancelled attempt waits on: the process or job, and its backend."""
    awaited = event.cancel_awaited
    return f"{awaited.waiting_on} (backend {awaited.backend})" if awaited.backend else awaited.waiting_on


def path_text(event: Event) -> str:
    """Return the path of an event's node, as people write it; empty of an event of the execution."""
    return "/".join(f"[{step.item}]" if step.HasField("item") else step.node for step in event.node.steps)
