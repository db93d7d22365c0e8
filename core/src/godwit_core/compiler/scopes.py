"""What expressions may refer to, and how deep they nest."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from godwitidl.core.v1.expression_pb2 import Expression, ExpressionList
from godwitidl.rules.validation import MAX_EXPRESSION_DEPTH, is_deeper, is_type_deeper

from godwit_core.compiler.constants import Constants
from godwit_core.compiler.problems import Problems
from godwit_core.compiler.relations import TypeRelations
from godwit_core.compiler.signatures import Slot

_LEAVES: Final = frozenset({"literal", "workflow_input", "node_output", "map_item", "handled_error"})


class Scope(NamedTuple):
    """What an expression may refer to.

    Attributes:
        inputs: inputs of the workflow.
        nodes: outputs of each node in sight, by node id.
        hidden: ids of all nodes of the workflow, in sight or not.
        items: mapped inputs; None: outside a map node.
        handles_error: whether it stands in a failure handler's inputs.
        depth: number of blocks around.
    """

    inputs: Mapping[str, Slot]
    nodes: Mapping[str, Mapping[str, Slot]]
    hidden: frozenset[str]
    items: Mapping[str, Slot] | None = None
    handles_error: bool = False
    depth: int = 0


class Context(NamedTuple):
    """What the parts of one compilation share."""

    problems: Problems
    relations: TypeRelations
    constants: Constants


def references_in(expression: Expression) -> Iterator[Expression]:
    """Yield the references to values that an expression consists of, in order; some more than once."""
    pending = [expression]
    while pending:
        one = pending.pop()
        if one.WhichOneof("kind") in _LEAVES:
            if one.WhichOneof("kind") != "literal":
                yield one
        else:
            pending.extend(reversed(_children(one)))


def is_too_deep(expression: Expression) -> bool:
    """Whether an expression, with its constants and the types of its records, nests deeper than the contract allows."""
    level = [expression]
    for limit in range(MAX_EXPRESSION_DEPTH, 0, -1):
        if any(_holds_deeper(parent, limit) for parent in level):
            return True
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _holds_deeper(expression: Expression, limit: int) -> bool:
    """Whether what is no expression in *expression*, constants and types, nests deeper than *limit*."""
    kind = expression.WhichOneof("kind")
    if kind == "literal":
        return is_deeper(expression.literal, limit)
    if kind == "access":
        return any(is_deeper(step.key, limit - 1) for step in expression.access.steps if step.HasField("key"))
    if kind == "map":
        return any(is_deeper(entry.key, limit - 1) for entry in expression.map.entries)
    if kind != "record":
        return False
    fields = expression.record.type.fields
    defaults = (field.default_value for field in fields if field.HasField("default_value"))
    return any(is_type_deeper(field.type, limit - 1) for field in fields) or any(
        is_deeper(default, limit - 1) for default in defaults
    )


def _children(expression: Expression) -> Sequence[Expression]:
    kind = expression.WhichOneof("kind")
    if kind is None or kind in _LEAVES:
        return ()
    if kind == "access":
        return (expression.access.of,)
    if kind == "map":
        return [entry.value for entry in expression.map.entries]
    if kind == "record":
        return [field.value for field in expression.record.fields]
    if kind == "comparison":
        return (expression.comparison.left, expression.comparison.right)
    if kind == "membership":
        return (expression.membership.value, expression.membership.container)
    part = getattr(expression, kind)
    return part.items if isinstance(part, ExpressionList) else (part,)
