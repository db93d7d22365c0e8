"""What a source file declares, and what each of it refers to."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from godwit.launch_plans import LaunchPlan
from godwit.nodes import Block, BranchNode, Callee, CallNode, MapNode
from godwit.tasks import Task
from godwit.workflows import AnyWorkflow

Entity: TypeAlias = Task[..., Any] | AnyWorkflow[..., Any] | LaunchPlan[Any]


def is_entity(value: object) -> bool:
    """Return whether *value* is declared, and not made of what is declared by `with_overrides` or `after`."""
    return isinstance(value, Task | AnyWorkflow | LaunchPlan) and value.origin is value


def references_of(entity: Entity) -> Iterator[Entity]:
    """Yield what *entity* refers to, in the order in which it does.

    Raises:
        InvalidInput: the body of a workflow does not fit.
    """
    if isinstance(entity, LaunchPlan):
        yield entity.workflow
    elif isinstance(entity, AnyWorkflow):
        for callee in (*_callees(entity.trace.body), entity.settings.on_failure):
            if isinstance(callee, Task | AnyWorkflow | LaunchPlan):
                yield callee.origin


def _callees(block: Block) -> Iterator[Callee]:
    for node in block.nodes:
        if isinstance(node, CallNode | MapNode):
            yield node.callee
        elif isinstance(node, BranchNode):
            for case in node.cases:
                yield from _callees(case.then)
            if isinstance(node.otherwise, Block):
                yield from _callees(node.otherwise)
