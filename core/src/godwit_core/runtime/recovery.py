"""Results of earlier executions, found by the paths of nodes in the rows that those executions left."""

import sqlite3
from collections.abc import Sequence

from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.bundle_pb2 import Registration

from godwit_core.compiler.plan import Plan, WorkflowPlan
from godwit_core.compiler.registrations import compile_registration
from godwit_core.engine.state import Node, Values
from godwit_core.runtime.blobs import are_there
from godwit_core.store import executions, nodes, packing
from godwit_core.store.reading import get_execution_by_id


class EarlierExecution:
    """One execution that has ended: its graph and scopes in memory, its nodes read when they are asked for."""

    def __init__(self, execution: int, plan: Plan, scopes: Sequence[tuple[int | None, int]]) -> None:
        self.id = execution
        self._root = 0
        self._scopes: list[tuple[int, WorkflowPlan]] = []
        self._children: dict[int, int] = {}
        first = 0
        for number, (parent, key) in enumerate(scopes):
            workflow = plan.workflows[key]
            self._scopes.append((first, workflow))
            if parent is not None:
                self._children[parent] = number
            first += len(workflow.nodes)

    def number(self, steps: Sequence[str]) -> int | None:
        """Return the number of the node whose ids from the outside in are *steps*; None when there was none."""
        scope: int | None = self._root
        found: int | None = None
        for step in steps:
            if scope is None or scope >= len(self._scopes):
                return None
            first, workflow = self._scopes[scope]
            found = next((first + node.index for node in workflow.nodes if node.id == step), None)
            scope = None if found is None else self._children.get(found)
        return found


class EarlierResults:
    """The earlier executions that those of one engine recover."""

    def __init__(self, connection: sqlite3.Connection, registry: PluginRegistry) -> None:
        self._connection = connection
        self._registry = registry
        self._known: dict[int, EarlierExecution | None] = {}

    def find(self, execution: int, node: Node) -> Values | None:
        """Return the result that *node* had in an earlier execution; None when there is none that fits and is there."""
        if execution not in self._known:
            self._known[execution] = self._read(execution)
        earlier = self._known[execution]
        number = None if earlier is None else earlier.number(node.steps)
        row = None if number is None else nodes.result(self._connection, execution, number)
        if row is None:
            return None
        phase, key, outputs = row
        if not phase.succeeded or key != node.reuse_key or outputs is None:
            return None
        values = packing.unpack(outputs)
        return values if are_there(self._registry, values) else None

    def forget(self, execution: int) -> None:
        """Drop what is known of an earlier execution."""
        self._known.pop(execution, None)

    def _read(self, execution: int) -> EarlierExecution | None:
        """Return an earlier execution; None of one that has been deleted since."""
        row = get_execution_by_id(self._connection, execution)
        if row is None:
            return None
        registration = Registration.FromString(executions.get_registration(self._connection, row.registration))
        plan = compile_registration(registration, row.entity)
        return EarlierExecution(execution, plan, executions.get_scopes(self._connection, execution))
