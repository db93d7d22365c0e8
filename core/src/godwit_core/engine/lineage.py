"""Who produced what a node reads: from a binding to the tasks behind it, through sub-workflows, in and out. Pure."""

from collections.abc import Iterator, Sequence

from godwit_core.compiler.plan import BindingPlan, Computed, Constant, InputSource, NativeKind, OutputSource
from godwit_core.engine.state import Execution, Node, Scope


class Unproducible(Exception):  # noqa: N818 - says of a value what it is
    """A value cannot be had again in this execution. *path*: of the node that it comes from; empty: of none."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(why)
        self.path = path
        self.why = why


def producers(execution: Execution, scope: Scope, bindings: Sequence[BindingPlan], name: str) -> Iterator[Node]:
    """Yield the nodes whose attempts made what the binding *name* of *scope* gives.

    Raises:
        Unproducible: some of it was not made by a task that can simply be run again.
    """
    binding = next(one for one in bindings if one.name == name)
    source = binding.source
    if isinstance(source, OutputSource):
        yield from _of_output(execution, scope.nodes[source.node], source.output)
    elif isinstance(source, InputSource):
        yield from _of_input(execution, scope, source.name)
    elif isinstance(source, Computed):
        for index in source.nodes.values():
            node = scope.nodes[index]
            for output in node.plan.outputs:
                yield from _of_output(execution, node, output)
    elif isinstance(source, Constant):
        raise Unproducible("", "it is a constant of the workflow")


def _of_input(execution: Execution, scope: Scope, name: str) -> Iterator[Node]:
    parent = scope.parent
    if parent is None:
        raise Unproducible("", "it is an input of the execution")
    if parent.owner is not None:
        raise Unproducible(parent.owner.path, "it reaches its reader as part of an item of a map")
    yield from producers(execution, parent.scope, parent.plan.inputs, name)


def _of_output(execution: Execution, node: Node, output: str) -> Iterator[Node]:
    plan = node.plan
    if plan.task is not None and plan.task.native is None:
        yield node
    elif plan.task is not None and plan.task.native is NativeKind.ECHO:
        name = plan.inputs[plan.outputs.index(output)].name
        yield from producers(execution, node.scope, plan.inputs, name)
    elif plan.workflow is not None or plan.branch is not None:
        inner = next((scope for scope in execution.scopes if scope.parent is node), None)
        if inner is None:
            raise Unproducible(node.path, "what it ran is not known any more")
        yield from producers(execution, inner, inner.plan.outputs, output)
    elif plan.map is not None:
        raise Unproducible(node.path, "it is a map")
    else:
        raise Unproducible(node.path, "it is an answer that somebody gave")
