"""Plans of map nodes: what each item is given, and what the map captures for it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from godwitidl.core.v1.expression_pb2 import Expression
from godwitidl.core.v1.workflow_pb2 import MapNode

from godwit_core.compiler.nodes import listed_outputs
from godwit_core.compiler.plan import (
    BindingPlan,
    Computed,
    InputSource,
    MapPlan,
    OutputSource,
    TaskPlan,
    WorkflowPlan,
    captured,
)
from godwit_core.compiler.scopes import references_in
from godwit_core.compiler.signatures import Signature


class Called(NamedTuple):
    """What a node calls, planned: a task or a workflow, with bindings of all of its inputs."""

    task: TaskPlan | None
    workflow: WorkflowPlan | None
    inputs: tuple[BindingPlan, ...]


def plan_map(node: MapNode, called: Called, signature: Signature) -> tuple[MapPlan, tuple[BindingPlan, ...]]:
    """Return the plan of a checked map over what is *called*, and the bindings of its node.

    *signature* is that of the target. What is made of the item is computed for each; the rest is bound once, and so is
    all that those values refer to.
    """
    tolerance = node.WhichOneof("tolerance")
    made = tuple(binding for binding in called.inputs if is_made_of_item(binding))
    plan = MapPlan(
        called.task,
        tuple(binding.name for binding in node.over),
        node.concurrency if node.HasField("concurrency") else None,
        node.min_successes if tolerance == "min_successes" else None,
        node.min_success_ratio if tolerance == "min_success_ratio" else None,
        {name: slot.type for name, slot in listed_outputs(signature, node).items() if slot.type is not None},
        called.workflow,
        made,
        tuple(binding.name for binding in called.inputs),
    )
    captures = {binding.name: binding for binding in _captures(made)}
    return plan, (*(binding for binding in called.inputs if binding not in made), *captures.values())


def is_made_of_item(binding: BindingPlan) -> bool:
    """Return whether the item of a map is part of what *binding* computes."""
    source = binding.source
    return isinstance(source, Computed) and any(_is_item(one) for one in references_in(source.expression))


def _is_item(reference: Expression) -> bool:
    return reference.WhichOneof("kind") == "map_item"


def _captures(made: Sequence[BindingPlan]) -> Iterator[BindingPlan]:
    """Yield bindings of all that *made* refers to, beside the item; some more than once."""
    for binding in made:
        assert isinstance(binding.source, Computed), "what is made of the item is computed"
        for reference in references_in(binding.source.expression):
            kind = reference.WhichOneof("kind")
            if kind == "workflow_input":
                name = reference.workflow_input
                yield BindingPlan(captured("", name), InputSource(name))
            elif kind == "node_output":
                node_id, output = reference.node_output.node_id, reference.node_output.output
                position, name = binding.source.nodes.get(node_id), captured(node_id, output)
                source = InputSource(name) if position is None else OutputSource(position, output)
                yield BindingPlan(name, source)
