"""The state of an execution from its rows: what an engine does when it takes one up again."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Protocol

from godwit_core.engine.bindings import encode_named, resolve
from godwit_core.engine.handlers import restore_handler
from godwit_core.engine.maps import restore_map
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.scopes import open_scope
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


def restore(
    execution: Execution,
    scopes: Sequence[tuple[int | None, int]],
    rows: Iterable[StoredNode],
    unpack: Callable[[bytes], Values],
    load_map: Callable[[int], tuple[Iterable[Record], int]],
) -> None:
    """Fill a fresh *execution* from its rows: scopes as (parent node, workflow), then nodes.

    *load_map* gives what was stored of the items of a map node, in order, and the number of its rows.
    """
    stored = {row.node: row for row in rows}
    for parent_number, workflow in scopes:
        parent = None if parent_number is None else execution.nodes[parent_number]
        inputs = execution.inputs if parent is None else resolve(parent.scope, parent.plan.inputs, execution.load)
        scope = open_scope(execution, execution.plan.workflows[workflow], parent, inputs)
        for node in (*scope.nodes, *((scope.handler,) if scope.handler else ())):
            row = stored.get(node.number)
            if row is None:
                continue
            _take_fields(node, row)
            if row.outputs is not None:
                node.outputs = unpack(row.outputs)
    for scope in execution.scopes:
        _recount(scope)
        restore_handler(execution, scope)
    for node in execution.nodes:
        if node.phase.final:
            node.child = None
        elif node.phase is not NodePhase.PENDING and (node.plan.task is not None or node.plan.map is not None):
            _restore_live(execution, node, load_map)
    forget_changes(execution)


def _take_fields(node: Node, row: StoredNode) -> None:
    """Give *node* what its row says. One assignment, because there may be 100,000 nodes."""
    (
        node.phase,
        node.attempt,
        node.failures,
        node.infrastructure_failures,
        node.engine_losses,
        node.growths,
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


def _restore_live(execution: Execution, node: Node, load_map: Callable[[int], tuple[Iterable[Record], int]]) -> None:
    """Give a task or map under way its inputs again; what the engine does by itself has read them already."""
    if node.plan.task is not None and node.plan.task.native is not None:
        return
    values = resolve(node.scope, node.plan.inputs, execution.load)
    if node.plan.map is not None:
        restore_map(node, values, execution.load_items, *load_map(node.number))
    else:
        node.inputs = encode_named(values.items())


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
    scope.halted = any(node.cancelling in {"FAIL_FAST", "ABORTED"} for node in scope.nodes) or (
        bool(scope.failed) and not any(node.phase is NodePhase.PENDING for node in scope.nodes)
    )


def attempts_under_way(execution: Execution) -> list[Node]:
    """Return the nodes, and items of maps, whose attempt a backend must find again after a restart."""
    found: list[Node] = []
    for node in execution.nodes:
        if node.map is not None:
            found += [item for item in node.map.live.values() if item.phase is NodePhase.RUNNING]
        elif node.phase is NodePhase.RUNNING and node.plan.task is not None:
            found.append(node)
    return found
