"""Runs an engine in a child process whose database fails, or whose process dies, at a commit of a given number."""

import os
import signal
import sqlite3
import traceback
from enum import Enum
from pathlib import Path
from typing import Any

from godwit_core.engine.events import Answer
from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime import signals
from godwit_core.runtime.clock import Clock
from godwit_core.runtime.engine import Engine, EngineSettings, OnChange
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import commands, connection, reading
from godwit_core.store.connection import open_store, transaction
from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.values_pb2 import Literal
from promises import FACTOR, SOURCE

FAILED = 3
"""Exit code of a child whose engine has ended with an error that is told to users."""


class Fault(Enum):
    """What happens at the commit."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    COMMIT_FAILED = "commit failed"
    ANSWER_LOST = "answer lost"


class FaultyConnection(sqlite3.Connection):
    """A connection that counts commits, with all others of its process, and has something happen at one of them."""

    fault: Fault
    commits_left: int

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        """Execute a statement; the fault's commit goes wrong."""
        if statement != "COMMIT":
            return super().execute(statement, *parameters)
        counter = FaultyConnection
        counter.commits_left -= 1
        if counter.commits_left != 0:
            return super().execute(statement)
        if self.fault is Fault.KILLED_BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault is Fault.COMMIT_FAILED:
            message = "disk I/O error"
            raise sqlite3.OperationalError(message)
        answer = super().execute(statement)
        if self.fault is Fault.KILLED_AFTER:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault is Fault.ANSWER_LOST:
            message = "disk I/O error"
            raise sqlite3.OperationalError(message)
        return answer


class Site:
    """A home and a ledger for one execution of the workflow of the storms, with *items* items."""

    def __init__(self, folder: Path, items: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.home = folder / "home"
        self.ledger = folder / "ledger"
        self.error = folder / "error"
        self.items = items

    def drive(self, registration: Registration, fault: Fault | None = None, at: int = 0) -> int:
        """Run or resume the execution in a child, with *fault* at commit number *at*.

        Return its exit code: 0 when it has succeeded, negative when it was killed, FAILED after a clear error.
        """
        return wait(self.start(registration, fault, at))

    def start(
        self,
        registration: Registration,
        fault: Fault | None = None,
        at: int = 0,
        *,
        busy_timeout_s: float | None = None,
        clock: Clock | None = None,
    ) -> int:
        """Begin what `drive` does, and return the child's id; *busy_timeout_s*: how long it waits for a lock."""
        child = os.fork()
        if child:
            return child
        code = 70
        try:
            if busy_timeout_s is not None:
                connection.BUSY_TIMEOUT_S = busy_timeout_s
            code = self._engine(registration, fault, at, clock)
        except GodwitError as error:
            self.error.write_text(f"{error.code}: {error}")
            code = FAILED if error.hint else 71
        except BaseException:  # noqa: BLE001 - the child must not return into pytest
            traceback.print_exc()
        finally:
            os._exit(code)

    def _engine(self, registration: Registration, fault: Fault | None, at: int, clock: Clock | None) -> int:
        if fault is not None:
            FaultyConnection.fault, FaultyConnection.commits_left = fault, at
            plant(FaultyConnection)
        with Engine(EngineSettings(home=self.home, workers=2, grace_s=1.0), load_plugins(), clock) as engine:
            if reading.list_executions(engine.connection, limit=1):
                engine.resume("it")
            else:
                inputs = {"ledger": Literal(string_value=str(self.ledger)), "n": Literal(int_value=self.items)}
                entity = next(one.id.name for one in registration.bundle.workflows if one.id.name.endswith(".storm"))
                engine.accept(registration, entity, inputs, ExecutionOptions(name="it"))
            return 0 if engine.run("it", _answering(self.home / "godwit.db")).phase.name == "SUCCEEDED" else 1


def wait(child: int) -> int:
    """Return the exit code of a child; negative: the signal that it was killed by."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def plant(factory: type[sqlite3.Connection]) -> None:
    """Have all connections that this process opens from now on be of that class."""
    connect = sqlite3.connect

    def connect_faulty(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, factory=factory, **options)

    sqlite3.connect = connect_faulty  # type: ignore[assignment]


def storm_registration() -> Registration:
    """Return the workflow of the storms, as an engine takes it."""
    source = load_plugins().create(Kind.ENTITY_LOADER, ".py").load(SOURCE, project=None, domain=None)
    return source.registration("storm")


def _answering(database: Path) -> OnChange:
    """Return an observer that answers each gate once, by a row, as another process does."""

    def answer(execution: Execution, _: object) -> None:
        gates = [node for node in execution.nodes if waits_for_answer(node)]
        for node in gates:
            store = open_store(database)
            try:
                _leave(store, execution, node)
            finally:
                store.close()

    return answer


def _leave(store: sqlite3.Connection, execution: Execution, node: Node) -> None:
    with transaction(store):
        waiting = commands.of_execution(store, execution.id, commands.SIGNAL)
        if any(signals.node_of(one) == node.number for one in waiting):
            return
        is_asked = node.plan.gate is not None and node.plan.gate.type is not None
        answer, value = (Answer.VALUE, Literal(int_value=FACTOR)) if is_asked else (Answer.APPROVED, None)
        commands.insert(store, execution.id, commands.SIGNAL, signals.command(node, answer, value))
