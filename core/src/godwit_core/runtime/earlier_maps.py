"""Which map of an earlier execution a map takes items over from, and what the items of that one were made of."""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from godwit_plugin_api.registry import PluginRegistry

from godwit_core.compiler.plan import NodePlan, Plan
from godwit_core.engine.bindings import BindingError, resolve
from godwit_core.engine.scopes import open_scope
from godwit_core.engine.state import Execution, Load, LoadItems, Node, Options, Values
from godwit_core.runtime.earlier_items import EarlierMap, RecoveredItems, map_inputs
from godwit_core.store import nodes, packing
from godwit_core.store.executions import ExecutionRow, ScopeRow


class EarlierMaps:
    """The maps of one earlier execution; each serves one map of the later one."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        registry: PluginRegistry,
        row: ExecutionRow,
        plan: Plan,
        scopes: Sequence[ScopeRow],
    ) -> None:
        self._connection = connection
        self._registry = registry
        self._row = row
        self._plan = plan
        self._parents = [scope.parent_node for scope in scopes]
        self._workflows = [plan.workflows[scope.workflow] for scope in scopes]
        self._firsts: list[int] = []
        first = 0
        for workflow in self._workflows:
            self._firsts.append(first)
            first += len(workflow.nodes) + (workflow.on_failure is not None)
        self._numbers = nodes.maps(connection, row.id)
        self._taken: set[int] = set()

    def items(self, node: Node, own: int | None, load: Load, load_items: LoadItems) -> RecoveredItems | None:
        """Return what map *node* takes over; None when there is no earlier map that it may take from.

        *own*: number of the earlier node at the same place. Where that is no map of the same task, one that was moved
        is looked for.
        """
        others = (number for number in self._numbers if number != own)
        for number in ([own] if own in self._numbers else []) + list(others):
            plan = self._node(number)
            if number in self._taken or plan is None or not _is_of_same_task(plan, node):
                continue
            earlier = self._earlier_map(number, plan, load, load_items)
            if earlier is not None:
                self._taken.add(number)
                return RecoveredItems(self._connection, self._registry, node, earlier)
        return None

    def is_map_of_same_task(self, number: int | None, node: Node) -> bool:
        """Return whether the earlier node of that number is a map of the task of map *node* that has had items."""
        plan = self._node(number) if number is not None and number in self._numbers else None
        return plan is not None and _is_of_same_task(plan, node)

    def _earlier_map(self, number: int, plan: NodePlan, load: Load, load_items: LoadItems) -> EarlierMap | None:
        values = self._inputs(number, load)
        inputs = None if values is None else map_inputs(plan, values, load_items)
        return None if inputs is None else EarlierMap(self._row.id, number, self._row.finished_us, inputs)

    def _node(self, number: int) -> NodePlan | None:
        """Return the plan of a node; None of a failure handler."""
        scope = self._scope_of(number)
        workflow, index = self._workflows[scope], number - self._firsts[scope]
        return workflow.nodes[index] if index < len(workflow.nodes) else None

    def _scope_of(self, number: int) -> int:
        return bisect_right(self._firsts, number) - 1

    def _inputs(self, number: int, load: Load) -> Values | None:
        """Return what a node was given; None when that cannot be told any more."""
        row = self._row
        inputs = packing.unpack(row.inputs)
        scratch = Execution(row.id, row.name, row.project, row.domain, self._plan, inputs, Options(), load)
        parent: Node | None = None
        for scope_number, index in self._way_to(number):
            workflow, first = self._workflows[scope_number], self._firsts[scope_number]
            if index >= len(workflow.nodes) or (parent is not None and parent.plan.map is not None):
                return None
            scope = open_scope(scratch, workflow, parent, inputs)
            parent = scope.nodes[index]
            for upstream in parent.plan.upstream:
                packed = nodes.outputs(self._connection, row.id, first + upstream)
                scope.nodes[upstream].outputs = None if packed is None else packing.unpack(packed)
            if any(scope.nodes[upstream].outputs is None for upstream in parent.plan.upstream):
                return None
            try:
                inputs = resolve(scope, parent.plan.inputs, load)
            except BindingError:
                return None
        return inputs

    def _way_to(self, number: int) -> Iterable[tuple[int, int]]:
        """Return scope and index of each node from the outside in, up to *number*."""
        way: list[tuple[int, int]] = []
        at: int | None = number
        while at is not None:
            scope = self._scope_of(at)
            way.append((scope, at - self._firsts[scope]))
            at = self._parents[scope]
        return reversed(way)


def _is_of_same_task(earlier: NodePlan, node: Node) -> bool:
    ours = node.map.plan.task if node.map is not None else None
    theirs = earlier.map.task if earlier.map is not None else None
    return ours is not None and theirs is not None and ours.name == theirs.name
