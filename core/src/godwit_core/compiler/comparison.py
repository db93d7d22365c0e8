"""Which values can be compared, and how they compare."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from godwitidl.core.v1.expression_pb2 import ComparisonOperator
from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.rendering import render_type

from godwit_core.compiler.problems import Code, Problems

_EQUALITY: Final = frozenset(
    {ComparisonOperator.COMPARISON_OPERATOR_EQUAL, ComparisonOperator.COMPARISON_OPERATOR_NOT_EQUAL}
)

_OPERATORS: Final[Mapping[int, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        ComparisonOperator.COMPARISON_OPERATOR_EQUAL: eq,
        ComparisonOperator.COMPARISON_OPERATOR_NOT_EQUAL: ne,
        ComparisonOperator.COMPARISON_OPERATOR_LESS: lt,
        ComparisonOperator.COMPARISON_OPERATOR_LESS_OR_EQUAL: le,
        ComparisonOperator.COMPARISON_OPERATOR_GREATER: gt,
        ComparisonOperator.COMPARISON_OPERATOR_GREATER_OR_EQUAL: ge,
    }
)

_FAMILIES: Final = MappingProxyType(
    {
        SimpleType.SIMPLE_TYPE_BOOL: "bool",
        SimpleType.SIMPLE_TYPE_INT: "int",
        SimpleType.SIMPLE_TYPE_FLOAT: "float",
        SimpleType.SIMPLE_TYPE_DECIMAL: "decimal",
        SimpleType.SIMPLE_TYPE_STRING: "text",
        SimpleType.SIMPLE_TYPE_BYTES: "bytes",
        SimpleType.SIMPLE_TYPE_DATE: "date",
        SimpleType.SIMPLE_TYPE_DATETIME: "datetime",
        SimpleType.SIMPLE_TYPE_DURATION: "duration",
        SimpleType.SIMPLE_TYPE_UUID: "uuid",
    }
)
_MIXED: Final = frozenset({frozenset({"int", "float"}), frozenset({"int", "decimal"})})
_UNORDERED: Final = frozenset({"bool", "uuid"})


class _LocalTime(NamedTuple):
    """A date and time without a zone: equal to none with one, and in no order with it."""

    seconds: int
    nanos: int


class IncomparableError(ValueError):
    """Two values of comparable types cannot be compared: a local date and time with one of a zone."""


def is_comparable(operator: int, left: Type, right: Type) -> bool:
    """Whether values of the two types, none of them nullable, can be compared by *operator*."""
    first, second = _family(left), _family(right)
    if first is None or second is None or left.nullable or right.nullable:
        return False
    if first == second:
        return operator in _EQUALITY or first not in _UNORDERED
    return frozenset({first, second}) in _MIXED


def _family(of: Type) -> str | None:
    kind = of.WhichOneof("kind")
    if kind == "enum":
        return "text"
    return _FAMILIES.get(of.simple) if kind == "simple" else None


def is_operator(operator: int) -> bool:
    """Whether the number is one of a known operator."""
    return operator in _OPERATORS


def compare(operator: int, left: Literal, right: Literal) -> bool:
    """Return how two inline values compare, whose types are comparable.

    Integers compare exactly with floats and decimals. Text compares by code point, bytes and UUIDs bytewise. NaN is
    unequal to all.

    Raises:
        IncomparableError: one is a local date and time, the other has an offset.
    """
    first, second = _operand(left), _operand(right)
    if isinstance(first, _LocalTime) or isinstance(second, _LocalTime):
        if not (isinstance(first, _LocalTime) and isinstance(second, _LocalTime)):
            raise IncomparableError("a local date and time cannot be compared with one that has an offset")
        first, second = (first.seconds, first.nanos), (second.seconds, second.nanos)
    return _OPERATORS[operator](first, second)


def _operand(literal: Literal) -> Any:
    kind = literal.WhichOneof("kind")
    if kind == "decimal":
        return Decimal(literal.decimal)
    if kind == "duration":
        return literal.duration.seconds * 1_000_000_000 + literal.duration.nanos
    if kind == "datetime":
        time = literal.datetime.time
        if literal.datetime.HasField("offset_seconds"):
            return time.seconds, time.nanos
        return _LocalTime(time.seconds, time.nanos)
    if kind is None:
        raise IncomparableError("a literal without a known kind is no value")
    return getattr(literal, kind)


def add_incomparable(left: Type, right: Type, what: str, problems: Problems) -> None:
    """Record that *left* and *right* are not compared in *what*, and what to do instead."""
    if left.nullable or right.nullable:
        problems.add(
            Code.NULLABLE_VALUE,
            f"{what}: values that may be none are not compared, came {render_type(left)} and {render_type(right)}.",
            "Ask is_null first, or give a substitute by coalesce.",
        )
    else:
        problems.add(
            Code.NOT_COMPARABLE,
            f"{what}: {render_type(left)} and {render_type(right)} are not comparable so.",
            "Compare them in a task.",
        )
