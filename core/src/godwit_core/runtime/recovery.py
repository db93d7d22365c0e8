"""Results of earlier executions, found in the rows that those executions left. `engine/recovery.py` has the rules."""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.bundle_pb2 import Registration

from godwit_core.compiler.plan import NodePlan, Plan, TaskPlan, WorkflowPlan
from godwit_core.compiler.registrations import compile_registration
from godwit_core.engine.events import EarlierItems
from godwit_core.engine.state import Execution, Node, Values
from godwit_core.runtime import blobs
from godwit_core.runtime.earlier_items import RecoveredItems
from godwit_core.runtime.earlier_maps import EarlierMaps
from godwit_core.store import executions, nodes, packing, reading
from godwit_core.store.executions import ScopeRow


def all_nodes(workflow: WorkflowPlan) -> Iterator[NodePlan]:
    """Yield the nodes of a workflow, in the order of their numbers; its failure handler is the last."""
    yield from workflow.nodes
    if workflow.on_failure is not None:
        yield workflow.on_failure.node


class EarlierPaths:
    """The numbers of an earlier execution's nodes by their paths, without a word on each node."""

    def __init__(self, plan: Plan, scopes: Iterable[ScopeRow]) -> None:
        self._indices = [{node.id: node.index for node in all_nodes(workflow)} for workflow in plan.workflows]
        self._scopes: list[tuple[int, int]] = []
        self._children: dict[tuple[int, int], int] = {}
        self._parents: list[tuple[int | None, int]] = []
        first = 0
        for number, (parent, key, item) in enumerate(scopes):
            self._scopes.append((first, key))
            self._parents.append((parent, item))
            if parent is not None:
                self._children[parent, item] = number
            first += len(self._indices[key])

    def number(self, steps: Sequence[str]) -> int | None:
        """Return the number of the node whose path has these *steps*; None when there was none."""
        scope: int | None = 0 if self._scopes else None
        found: int | None = None
        for step in steps:
            if found is not None and step.startswith("["):
                scope = self._children.get((found, int(step[1:-1])))
                continue
            if scope is None:
                return None
            first, workflow = self._scopes[scope]
            index = self._indices[workflow].get(step)
            if index is None:
                return None
            found = first + index
            scope = self._children.get((found, -1))
        return found

    def steps(self, number: int) -> list[str]:
        """Return the steps of the path of a node: ids of nodes, and items in brackets."""
        steps: list[str] = []
        at: int | None = number
        while at is not None:
            scope = bisect_right(self._scopes, (at, len(self._indices))) - 1
            first, workflow = self._scopes[scope]
            steps.append(next(name for name, index in self._indices[workflow].items() if index == at - first))
            at, item = self._parents[scope]
            if item >= 0:
                steps.append(f"[{item}]")
        return steps[::-1]


class EarlierResults:
    """The results that one execution may take over from an earlier one; each is taken over once.

    Attributes:
        edited: paths of the nodes that would have taken one over, had their code not been edited since.
    """

    def __init__(self, connection: sqlite3.Connection, registry: PluginRegistry, execution: Execution) -> None:
        self._connection = connection
        self._registry = registry
        self._earlier = execution.recovers
        self._paths: EarlierPaths | None = None
        self._maps: EarlierMaps | None = None
        self._items: dict[int, RecoveredItems | None] = {}
        self._execution = execution
        self._edited_tasks: frozenset[str] = frozenset()
        self.edited: list[str] = []
        self._read_graph()
        self._by_key: dict[bytes, list[int]] | None = None
        self._taken: set[int] = set()
        self._note_what_was_taken()

    def _note_what_was_taken(self) -> None:
        """Take note of what was taken over before a restart, also by nodes that have left the memory since."""
        rows = list(nodes.recovered(self._connection, self._execution.id))
        if not rows:
            return
        paths = EarlierPaths(self._execution.plan, executions.get_scopes(self._connection, self._execution.id))
        for key, node in rows:
            number = next(self._candidates(paths.steps(node), key), None)
            if number is not None:
                self._taken.add(number)

    def take(self, node: Node) -> Values | None:
        """Return a result that fits *node* and whose blobs are there: that of its own path first; None without one."""
        is_edited = self._is_edited(node.plan.task)
        for number in self._candidates(_steps(node), node.reuse_key):
            if is_edited:
                self.edited.append(node.path)
                return None
            values = self._values(number)
            if values is not None:
                self._taken.add(number)
                return values
        return None

    def next_items(self, node: Node, now_us: int) -> EarlierItems:
        """Return the next items that map *node* takes over."""
        if node.number not in self._items:
            self._items[node.number] = self._find_items(node)
        items = self._items[node.number]
        found, more = items.next_batch() if items is not None else ([], False)
        if not more:
            self._items[node.number] = None  # it holds a number for each item
        return EarlierItems(now_us, node.number, found, more)

    def _find_items(self, node: Node) -> RecoveredItems | None:
        if self._paths is None or self._maps is None:
            return None
        own = self._paths.number(_steps(node))
        if self._is_edited(node.map.plan.task if node.map is not None else None):
            if self._maps.is_map_of_same_task(own, node):
                self.edited.append(node.path)
            return None
        return self._maps.items(node, own, self._execution.load, self._execution.load_items)

    def _candidates(self, steps: Sequence[str], key: bytes) -> Iterator[int]:
        """Yield the numbers of earlier successes with a reuse key that nobody has taken: that of the path first."""
        own = self._paths.number(steps) if self._paths is not None else None
        is_left = own is not None and own not in self._taken
        if is_left and own is not None and nodes.reuse_key_of_success(self._connection, self._earlier, own) == key:
            yield own
        if self._by_key is None:
            self._by_key = {}
            for one, number in nodes.successes(self._connection, self._earlier):
                self._by_key.setdefault(one, []).append(number)
        for number in self._by_key.get(key, ()):
            if number != own and number not in self._taken:
                yield number

    def _values(self, number: int) -> Values | None:
        packed = nodes.outputs(self._connection, self._earlier, number)
        if packed is None:
            return None
        values = packing.unpack(packed)
        return values if blobs.are_sound(self._registry, values, 0) else None

    def _read_graph(self) -> None:
        """Read what the earlier execution was made of, unless it has been deleted since."""
        row = reading.find_execution(self._connection, self._earlier)
        if row is None:
            return
        registration = Registration.FromString(executions.get_registration(self._connection, row.registration))
        plan = compile_registration(registration, row.entity)
        scopes = list(executions.get_scopes(self._connection, row.id))
        self._paths = EarlierPaths(plan, scopes)
        self._maps = EarlierMaps(self._connection, self._registry, row, plan, scopes)
        self._edited_tasks = edited_tasks(registration, self._registration())

    def _registration(self) -> Registration:
        """Return the registration of the execution that takes over."""
        row = reading.find_execution(self._connection, self._execution.id)
        assert row is not None, "it is under way"
        return Registration.FromString(executions.get_registration(self._connection, row.registration))

    def _is_edited(self, task: TaskPlan | None) -> bool:
        """Return whether a task's code was edited since; a cached one has a version that says so, in its key."""
        return task is not None and task.cache is None and task.name in self._edited_tasks


def edited_tasks(earlier: Registration, later: Registration) -> frozenset[str]:
    """Return the names of the tasks whose code versions both registrations have, and have different ones."""
    versions = {one.task: one.version for one in earlier.code_versions}
    return frozenset(one.task for one in later.code_versions if versions.get(one.task, one.version) != one.version)


def _steps(node: Node) -> list[str]:
    """Return the steps of the path of *node*, from the outside in: ids of nodes, and items in brackets."""
    return node.path.split("/")
