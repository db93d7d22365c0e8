"""The state of an execution from its rows: what an engine does when it takes one up again."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import NamedTuple, Protocol

from godwit_plugin_api.errors import DataError

from godwit_core.compiler.plan import WorkflowPlan
from godwit_core.engine.bindings import BindingError, encode_named, resolve
from godwit_core.engine.handlers import restore_handler
from godwit_core.engine.maps import ended_item, item_inputs, live_item, restore_map
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.scopes import leave, node_count, open_scope, pass_by
from godwit_core.engine.state import Execution, Node, Record, Scope, Values, forget_changes


class StoredNode(Protocol):
    """A node's row, with the fields of `Node` that are stored."""

    @property
    def node(self) -> int:
        """Its number."""

    @property
    def outputs(self) -> bytes | None:
        """Its packed outputs."""


_stored_fields = attrgetter(
    "phase",
    "attempt",
    "failures",
    "infrastructure_failures",
    "engine_losses",
    "growths",
    "reproductions",
    "cache",
    "cache_key",
    "reuse_key",
    "ready_us",
    "started_us",
    "finished_us",
    "due_us",
    "cancelling",
    "error",
    "usage",
    "log",
    "handle",
    "items",
    "items_succeeded",
    "items_failed",
)


class Stored(NamedTuple):
    """What is stored of an execution, beside its own row.

    Attributes:
        scopes: parent node, workflow and item of each scope (None and -1 where there is none), in order.
        rows: gives the rows of up to so many nodes from a number on.
        unpack: gives values from a row.
        load_map: gives what was stored of the items of a map node, in order, and the number of its rows.
        is_shown: whether an item that has ended is filled all the same, to be looked at; None: none is.
    """

    scopes: Iterable[tuple[int | None, int, int]]
    rows: Callable[[int, int], Iterable[StoredNode]]
    unpack: Callable[[bytes], Values]
    load_map: Callable[[int], tuple[Iterable[Record], int]]
    is_shown: Callable[[Node], bool] | None = None


def restore(execution: Execution, stored: Stored) -> None:
    """Fill a fresh *execution* from its rows. What has left the memory stays in its rows."""
    for parent_number, workflow, item in stored.scopes:
        plan = execution.plan.workflows[workflow]
        parent = None if parent_number is None else _parent(execution, parent_number, item, stored)
        if parent_number is None or parent is not None:
            _restore_scope(execution, plan, parent, stored)
        else:
            pass_by(execution, plan)
    for scope in execution.scopes:
        _recount(scope)
        restore_handler(execution, scope)
    for node in execution.nodes:
        if node.reproductions and not node.phase.final:
            execution.reproducing.add(node.number)
        if node.phase.final:
            node.child = None
        elif node.phase is not NodePhase.PENDING:
            _restore_live(execution, node, stored)
    forget_changes(execution)


def _parent(execution: Execution, number: int, item: int, stored: Stored) -> Node | None:
    """Return the node, or the item, that a scope is the work of; None of a scope that has left the memory.

    A map is restored before the first of its items, so that it can tell which of them have ended.
    """
    parent = execution.nodes.get(number)
    has_left = parent is not None and parent.phase.final and (item >= 0 or parent.scope.of_item)
    if parent is None or (has_left and stored.is_shown is None):
        return None
    if item < 0:
        return parent
    try:
        _restore_live(execution, parent, stored)
    except (BindingError, DataError):
        if has_left:
            return None  # what it was made of is gone
        raise
    assert parent.map is not None, "it is a map node"
    live = None if has_left else live_item(parent, parent.map, item)
    if live is not None or stored.is_shown is None:
        return live
    ended = ended_item(parent, parent.map, item)
    return ended if stored.is_shown(ended) else None


def _restore_scope(execution: Execution, plan: WorkflowPlan, parent: Node | None, stored: Stored) -> None:
    if parent is None:
        inputs = execution.inputs
    elif parent.owner is not None and parent.owner.map is not None:
        inputs = item_inputs(parent.owner.map, parent.item)
    else:
        inputs = resolve(parent.scope, parent.plan.inputs, execution.load)
    scope = open_scope(execution, plan, parent, inputs)
    for row in stored.rows(scope.first, node_count(plan)):
        node = execution.nodes[row.node]
        _take_fields(node, row)
        if row.outputs is not None:
            node.outputs = stored.unpack(row.outputs)
    owner = None if parent is None else parent.owner
    is_live = parent is not None and not parent.phase.final
    if is_live and parent is not None and owner is not None and owner.map is not None and _is_closed(scope):
        # It was cancelled with its map, which leaves no record of the item.
        del owner.map.live[parent.item]
        leave(execution, scope)


def _is_closed(scope: Scope) -> bool:
    return all(node.phase.final for node in scope.nodes) and (scope.handler is None or scope.handler.phase.final)


def _take_fields(node: Node, row: StoredNode) -> None:
    """Give *node* what its row says. One assignment, because there may be 100,000 nodes."""
    (
        node.phase,
        node.attempt,
        node.failures,
        node.infrastructure_failures,
        node.engine_losses,
        node.growths,
        node.reproductions,
        node.cache,
        node.cache_key,
        node.reuse_key,
        node.ready_us,
        node.started_us,
        node.finished_us,
        node.due_us,
        node.cancelling,
        node.error,
        node.usage,
        node.log,
        node.handle,
        node.items,
        node.items_succeeded,
        node.items_failed,
    ) = _stored_fields(row)


def _restore_live(execution: Execution, node: Node, stored: Stored) -> None:
    """Give a task or map under way its inputs again; what the engine does by itself has read them already."""
    task = node.plan.task
    if node.plan.map is not None:
        if node.map is None:
            values = resolve(node.scope, node.plan.inputs, execution.load)
            restore_map(execution, node, values, *stored.load_map(node.number))
    elif task is not None and task.native is None:
        node.inputs = encode_named(resolve(node.scope, node.plan.inputs, execution.load).items())


def _recount(scope: Scope) -> None:
    """Derive the counters of *scope* from the phases of its nodes."""
    for node in scope.nodes:
        upstream = [scope.nodes[index] for index in node.plan.upstream]
        node.waiting_for = sum(not one.phase.succeeded for one in upstream)
        if node.phase.final:
            scope.unfinished -= 1
        if node.phase is not NodePhase.PENDING:
            for one in upstream:
                one.unread -= 1
    failed = [node for node in scope.nodes if node.phase is NodePhase.FAILED]
    if failed:
        scope.failed = min(failed, key=lambda node: node.finished_us).error
    around = () if scope.parent is None else (scope.parent,)
    scope.halted = any(node.cancelling in {"FAIL_FAST", "ABORTED"} for node in (*scope.nodes, *around)) or (
        bool(scope.failed) and not any(node.phase is NodePhase.PENDING for node in scope.nodes)
    )


def attempts_under_way(execution: Execution) -> list[Node]:
    """Return the nodes, and items of maps, whose attempt a backend must find again after a restart."""
    found: list[Node] = []
    for node in execution.nodes:
        if node.map is not None:
            items = node.map.live.values() if node.map.plan.task is not None else ()
            found += [item for item in items if item.phase is NodePhase.RUNNING]
        elif node.phase is NodePhase.RUNNING and node.plan.task is not None:
            found.append(node)
    return found
