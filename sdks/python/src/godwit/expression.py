"""Expressions over a workflow's inputs and its nodes' outputs, before they are serialized: plain data.

A constant keeps its Python value with the annotation that it is to be read by; serialization makes the literal.
"""

import enum
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A value known when the workflow is traced."""

    value: Any
    annotation: Any


@dataclass(frozen=True, slots=True)
class InputReference:
    """An input of the workflow."""

    name: str


@dataclass(frozen=True, slots=True)
class OutputReference:
    """An output of a node."""

    node_id: str
    output: str


@dataclass(frozen=True, slots=True)
class FieldStep:
    """Into a record, by name of the field."""

    name: str


@dataclass(frozen=True, slots=True)
class IndexStep:
    """Into a list or tuple, by index; from the end when negative."""

    index: int


@dataclass(frozen=True, slots=True, eq=False)
class KeyStep:
    """Into a map, by key."""

    key: Any
    annotation: Any


Step: TypeAlias = FieldStep | IndexStep | KeyStep


@dataclass(frozen=True, slots=True)
class Access:
    """A part of a value."""

    of: "Expression"
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ListExpression:
    """A list, tuple or set under construction."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class MapExpression:
    """A map under construction."""

    entries: tuple[tuple[Constant, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class RecordExpression:
    """A record of class *record* under construction."""

    record: Any
    fields: tuple[tuple[str, "Expression"], ...]


class Operator(enum.Enum):
    """How two values are compared."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of two values."""

    operator: Operator
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class AllOf:
    """True if all operands are."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if any operand is."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """True if the operand is false."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether a value is an item of a list or set, or a key of a map."""

    value: "Expression"
    container: "Expression"


@dataclass(frozen=True, slots=True)
class IsNone:
    """Whether the operand is none."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The first operand that is not none."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class DropNone:
    """A list without those items that are none."""

    operand: "Expression"


Expression: TypeAlias = (
    Constant
    | InputReference
    | OutputReference
    | Access
    | ListExpression
    | MapExpression
    | RecordExpression
    | Comparison
    | AllOf
    | AnyOf
    | Negation
    | Membership
    | IsNone
    | Coalesce
    | DropNone
)
