"""Values of expressions, at run time. Pure: what is referred to is looked up by the caller."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final

from godwitidl.core.v1.expression_pb2 import AccessStep, ComparisonOperator, Expression
from godwitidl.core.v1.values_pb2 import DataRef, Literal
from godwitidl.rules.digest import literal_digest
from godwitidl.rules.rendering import render_literal

from godwit_core.compiler.comparison import IncomparableError, compare

Lookup = Callable[[Expression], Literal]
Loader = Callable[[DataRef], Literal]

_EQUAL: Final = ComparisonOperator.COMPARISON_OPERATOR_EQUAL


class EvaluationError(Exception):
    """An expression has no value.

    Attributes:
        code: INDEX_OUT_OF_RANGE, KEY_MISSING, FIELD_MISSING, NOT_COMPARABLE, VALUE_OFFLOADED (a part was asked of a
            value that is stored elsewhere), or VALUE_UNKNOWN (a literal or expression of a kind that is not known).
        reference: where the value is that would have to be loaded; None unless VALUE_OFFLOADED.
    """

    def __init__(self, code: str, message: str, reference: DataRef | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reference = reference


def evaluate(expression: Expression, lookup: Lookup, load: Loader | None = None) -> Literal:
    """Return the value of a checked *expression*.

    Args:
        expression: the tree.
        lookup: gives the value of a reference: an expression of kind `workflow_input`, `node_output`, `map_item` or
            `handled_error`. What it raises passes through.
        load: gives the value that a reference to offloaded data stands for. Without it, access to a part of such a
            value, or a comparison with it, is an error that carries the reference. What is only passed on stays away.

    Raises:
        EvaluationError: an index, key or field is missing, or values cannot be compared.
    """
    return _Evaluation(lookup, load).value_of(expression)


class _Evaluation:
    """Evaluates one tree."""

    __slots__ = ("_load", "_lookup")

    def __init__(self, lookup: Lookup, load: Loader | None) -> None:
        self._lookup = lookup
        self._load = load

    def value_of(self, expression: Expression) -> Literal:
        kind = expression.WhichOneof("kind")
        if kind is None:
            raise EvaluationError("VALUE_UNKNOWN", "An expression without a known kind has no value.")
        return self._TABLE[kind](self, expression)

    def _inline_value_of(self, expression: Expression) -> Literal:
        return self._inline(self.value_of(expression))

    def _inline(self, literal: Literal) -> Literal:
        if literal.WhichOneof("kind") != "reference":
            return literal
        if self._load is None:
            raise EvaluationError(
                "VALUE_OFFLOADED",
                f"A part was asked of a value of {literal.reference.size_bytes} bytes, which is stored elsewhere.",
                literal.reference,
            )
        return self._load(literal.reference)

    def _literal(self, expression: Expression) -> Literal:
        return expression.literal

    def _reference(self, expression: Expression) -> Literal:
        return self._lookup(expression)

    def _list(self, expression: Expression) -> Literal:
        made = Literal()
        made.list.SetInParent()
        made.list.items.extend([self.value_of(item) for item in expression.list.items])
        return made

    def _map(self, expression: Expression) -> Literal:
        made = Literal()
        made.map.SetInParent()
        for entry in expression.map.entries:
            added = made.map.entries.add()
            added.key.CopyFrom(entry.key)
            added.value.CopyFrom(self.value_of(entry.value))
        return made

    def _record(self, expression: Expression) -> Literal:
        given = {binding.name: binding.value for binding in expression.record.fields}
        made = Literal()
        made.record.SetInParent()
        for field in expression.record.type.fields:
            value = given.get(field.name)
            if value is None and not field.HasField("default_value"):
                raise EvaluationError("FIELD_MISSING", f"The record has no value for field {field.name!r}.")
            literal = field.default_value if value is None else self.value_of(value)
            made.record.fields.add(name=field.name).value.CopyFrom(literal)
        return made

    def _access(self, expression: Expression) -> Literal:
        value = self.value_of(expression.access.of)
        for step in expression.access.steps:
            value = _step(self._inline(value), step)
        return value

    def _comparison(self, expression: Expression) -> Literal:
        comparison = expression.comparison
        left, right = self._inline_value_of(comparison.left), self._inline_value_of(comparison.right)
        return Literal(bool_value=_compare(comparison.operator, left, right))

    def _all_of(self, expression: Expression) -> Literal:
        return Literal(bool_value=all(self._inline_value_of(item).bool_value for item in expression.all_of.items))

    def _any_of(self, expression: Expression) -> Literal:
        return Literal(bool_value=any(self._inline_value_of(item).bool_value for item in expression.any_of.items))

    def _negation(self, expression: Expression) -> Literal:
        return Literal(bool_value=not self._inline_value_of(expression.negation).bool_value)

    def _membership(self, expression: Expression) -> Literal:
        value = self._inline_value_of(expression.membership.value)
        members = _members(self._inline_value_of(expression.membership.container))
        return Literal(bool_value=any(_is_equal(value, self._inline(member)) for member in members))

    def _is_null(self, expression: Expression) -> Literal:
        return Literal(bool_value=self.value_of(expression.is_null).HasField("none"))

    def _coalesce(self, expression: Expression) -> Literal:
        value = Literal()
        for item in expression.coalesce.items:
            value = self.value_of(item)
            if not value.HasField("none"):
                break
        return value

    def _drop_none(self, expression: Expression) -> Literal:
        value = self._inline_value_of(expression.drop_none)
        if value.WhichOneof("kind") != "list":
            return value
        made = Literal()
        made.list.SetInParent()
        made.list.items.extend([item for item in value.list.items if not item.HasField("none")])
        return made

    _TABLE: ClassVar[Mapping[str, Callable[["_Evaluation", Expression], Literal]]] = MappingProxyType(
        {
            "literal": _literal,
            "workflow_input": _reference,
            "node_output": _reference,
            "map_item": _reference,
            "handled_error": _reference,
            "access": _access,
            "list": _list,
            "map": _map,
            "record": _record,
            "comparison": _comparison,
            "all_of": _all_of,
            "any_of": _any_of,
            "negation": _negation,
            "membership": _membership,
            "is_null": _is_null,
            "coalesce": _coalesce,
            "drop_none": _drop_none,
        }
    )


def _step(value: Literal, step: AccessStep) -> Literal:
    kind = step.WhichOneof("kind")
    if kind == "field":
        return _field(value, step.field)
    if kind == "index":
        return _item(value, step.index)
    if kind == "key":
        return _entry(value, step.key)
    raise EvaluationError("VALUE_UNKNOWN", "A step without a known kind leads nowhere.")


def _field(value: Literal, name: str) -> Literal:
    for field in value.record.fields:
        if field.name == name:
            return field.value
    raise EvaluationError("FIELD_MISSING", f"The value has no field {name!r}.")


def _item(value: Literal, index: int) -> Literal:
    kind = value.WhichOneof("kind")
    items: Sequence[object] = ()
    if kind == "ints":
        items = value.ints.items
    elif kind == "floats":
        items = value.floats.items
    elif kind == "list":
        items = value.list.items
    if not -len(items) <= index < len(items):
        raise EvaluationError("INDEX_OUT_OF_RANGE", f"Index {index} is out of range: the list has {len(items)} items.")
    if kind == "ints":
        return Literal(int_value=value.ints.items[index])
    if kind == "floats":
        return Literal(float_value=value.floats.items[index])
    return value.list.items[index]


def _entry(value: Literal, key: Literal) -> Literal:
    wanted = literal_digest(key)
    for entry in value.map.entries:
        if literal_digest(entry.key) == wanted:
            return entry.value
    raise EvaluationError("KEY_MISSING", f"The map has no key {render_literal(key)}.")


def _members(container: Literal) -> Sequence[Literal]:
    kind = container.WhichOneof("kind")
    if kind == "list":
        return container.list.items
    if kind == "set":
        return container.set.items
    if kind == "map":
        return [entry.key for entry in container.map.entries]
    if kind == "ints":
        return [Literal(int_value=item) for item in container.ints.items]
    if kind == "floats":
        return [Literal(float_value=item) for item in container.floats.items]
    raise EvaluationError("VALUE_UNKNOWN", f"Expected a list, set or map to look in, came {render_literal(container)}.")


def _is_equal(value: Literal, member: Literal) -> bool:
    if member.HasField("none"):
        return False
    if value.HasField("list"):
        return literal_digest(value) == literal_digest(member)
    return _compare(_EQUAL, value, member)


def _compare(operator: ComparisonOperator.ValueType, left: Literal, right: Literal) -> bool:
    try:
        return compare(operator, left, right)
    except IncomparableError as error:
        raise EvaluationError("NOT_COMPARABLE", f"{error}.") from error
