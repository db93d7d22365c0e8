"""Expressions as messages of the contract."""

from typing import Any

from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1 import expression_pb2 as pb
from godwitidl.core.v1.values_pb2 import Literal

from godwit import expression as ex
from godwit.annotation import UNKNOWN
from godwit.errors import DeclarationError
from godwit.types.absent_data import ABSENT_DATA
from godwit.types.registry import TypeRegistry

_OPERATORS = {
    ex.Operator.EQUAL: pb.COMPARISON_OPERATOR_EQUAL,
    ex.Operator.NOT_EQUAL: pb.COMPARISON_OPERATOR_NOT_EQUAL,
    ex.Operator.LESS: pb.COMPARISON_OPERATOR_LESS,
    ex.Operator.LESS_OR_EQUAL: pb.COMPARISON_OPERATOR_LESS_OR_EQUAL,
    ex.Operator.GREATER: pb.COMPARISON_OPERATOR_GREATER,
    ex.Operator.GREATER_OR_EQUAL: pb.COMPARISON_OPERATOR_GREATER_OR_EQUAL,
}


def constant_literal(value: Any, annotation: Any, types: TypeRegistry) -> Literal:
    """Return *value* as a literal; where nothing is known of the place that it is for, as its own class says.

    Raises:
        GodwitError: the value is not of the annotation, or too large to stand in a spec.
    """
    return types.to_literal(value, type(value) if annotation is UNKNOWN else annotation, ABSENT_DATA)


def binding_message(name: str, value: ex.Expression, types: TypeRegistry, where: str) -> pb.Binding:
    """Return what *name* is bound to as a message.

    Raises:
        DeclarationError: a constant is not of the type it is bound to; the message says *where*.
    """
    message = pb.Binding(name=name)
    try:
        fill_expression(message.value, value, types)
    except GodwitError as error:
        raise DeclarationError(f"{where}: {error.message}.", hint=error.hint, code=error.code) from error
    return message


def fill_expression(message: pb.Expression, value: ex.Expression, types: TypeRegistry) -> None:  # noqa: C901 - one case for each kind
    """Write *value* into *message*, which is empty."""
    match value:
        case ex.Constant(constant, annotation):
            message.literal.CopyFrom(constant_literal(constant, annotation, types))
        case ex.InputReference(name):
            message.workflow_input = name
        case ex.OutputReference(node_id, output):
            message.node_output.node_id = node_id
            message.node_output.output = output
        case ex.ItemReference(name):
            message.map_item = name
        case ex.HandledError():
            message.handled_error.SetInParent()
        case ex.Access(of, steps):
            fill_expression(message.access.of, of, types)
            for step in steps:
                _fill_step(message.access.steps.add(), step, types)
        case ex.ListExpression(items):
            _fill_list(message.list, items, types)
        case ex.MapExpression(entries):
            message.map.SetInParent()
            for key, part in entries:
                entry = message.map.entries.add()
                entry.key.CopyFrom(constant_literal(key.value, key.annotation, types))
                fill_expression(entry.value, part, types)
        case ex.RecordExpression(record, fields):
            message.record.type.CopyFrom(types.type_of(record).record)
            for name, part in fields:
                field = message.record.fields.add()
                field.name = name
                fill_expression(field.value, part, types)
        case ex.Comparison(operator, left, right):
            message.comparison.operator = _OPERATORS[operator]
            fill_expression(message.comparison.left, left, types)
            fill_expression(message.comparison.right, right, types)
        case ex.AllOf(operands):
            _fill_list(message.all_of, operands, types)
        case ex.AnyOf(operands):
            _fill_list(message.any_of, operands, types)
        case ex.Negation(operand):
            fill_expression(message.negation, operand, types)
        case ex.Membership(part, container):
            fill_expression(message.membership.value, part, types)
            fill_expression(message.membership.container, container, types)
        case ex.IsNone(operand):
            fill_expression(message.is_null, operand, types)
        case ex.Coalesce(operands):
            _fill_list(message.coalesce, operands, types)
        case ex.DropNone(operand):
            fill_expression(message.drop_none, operand, types)


def _fill_list(message: pb.ExpressionList, items: tuple[ex.Expression, ...], types: TypeRegistry) -> None:
    message.SetInParent()
    for item in items:
        fill_expression(message.items.add(), item, types)


def _fill_step(message: pb.AccessStep, step: ex.Step, types: TypeRegistry) -> None:
    match step:
        case ex.FieldStep(name):
            message.field = name
        case ex.IndexStep(index):
            message.index = index
        case ex.KeyStep(key, annotation):
            message.key.CopyFrom(constant_literal(key, annotation, types))
