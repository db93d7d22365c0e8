"""Scopes: opened with their nodes, asked what goes on around them, and dropped from memory when they are closed."""

from bisect import bisect_left
from operator import attrgetter

from godwit_core.compiler.plan import Computed, OutputSource, WorkflowPlan
from godwit_core.engine.state import Execution, Node, Scope, Values

_number = attrgetter("number")


def open_scope(execution: Execution, plan: WorkflowPlan, parent: Node | None, inputs: Values) -> Scope:
    """Add a scope with its nodes, all pending, to *execution*, and return it."""
    scope = Scope(execution.scope_count, plan, parent, inputs, execution.node_count)
    scope.unfinished = len(plan.nodes)
    returned = returned_nodes(plan)
    for number, node_plan in enumerate(plan.nodes, scope.first):
        node = Node(node_plan, scope, number, len(node_plan.upstream))
        node.unread = len(node_plan.downstream) + (node_plan.index in returned)
        scope.nodes.append(node)
    if plan.on_failure is not None:
        scope.handler = Node(plan.on_failure.node, scope, scope.first + len(plan.nodes), 1)
    pass_by(execution, plan)
    execution.scopes.append(scope)
    execution.new_scopes.append(scope)
    if parent is not None:
        parent.child = scope
        scope.of_item = parent.owner is not None or parent.scope.of_item
    return scope


def pass_by(execution: Execution, plan: WorkflowPlan) -> None:
    """Give the next numbers to a scope of *plan* and its nodes."""
    execution.scope_count += 1
    execution.node_count += node_count(plan)


def node_count(plan: WorkflowPlan) -> int:
    """Return how many nodes a scope of *plan* has, its failure handler among them."""
    return len(plan.nodes) + (plan.on_failure is not None)


def leave(execution: Execution, scope: Scope) -> None:
    """Drop a scope that has been closed, if it is part of an item of a map: memory follows what is live.

    Its rows remain, and so do those of its nodes that are still to be written.
    """
    if scope.of_item:
        del execution.scopes[bisect_left(execution.scopes, scope.number, key=_number)]


def returned_nodes(plan: WorkflowPlan) -> set[int]:
    """Return the indices of the nodes that the outputs of *plan* read."""
    returned: set[int] = set()
    for binding in plan.outputs:
        if isinstance(binding.source, OutputSource):
            returned.add(binding.source.node)
        elif isinstance(binding.source, Computed):
            returned.update(binding.source.nodes.values())
    return returned


def is_aborting(execution: Execution, scope: Scope) -> bool:
    """Return whether *scope* is to end because of an abort; not what a failure handler does that runs all the same."""
    node = scope.parent if execution.aborting else None
    while node is not None:
        if node is node.scope.handler:
            return bool(node.cancelling)
        node = node.scope.parent
    return execution.aborting


def runs_what_can_run(execution: Execution, scope: Scope) -> bool:
    """Return whether a failure in *scope* leaves what does not depend on it alone."""
    if is_aborting(execution, scope):
        return False
    while scope.plan.is_block and scope.parent is not None:
        scope = scope.parent.scope
    chosen = execution.options.run_what_can_run
    return scope.plan.run_what_can_run if scope.parent is not None or chosen is None else chosen


def parent_of(node: Node) -> Node | None:
    """Return the node that *node* is part of the work of; of an item of a map, the map node."""
    return node.scope.parent if node.owner is None else node.owner
