"""Expressions over a workflow's inputs and its nodes' outputs, before they are serialized: plain data.

A constant keeps its Python value with the annotation that it is to be read by; serialization makes the literal.
Named tuples, because they are made ten times faster than frozen dataclasses, and `import godwit` makes them all.
"""

import enum
from typing import Any, NamedTuple, TypeAlias


class Constant(NamedTuple):
    """A value known when the workflow is traced."""

    value: Any
    annotation: Any


class InputReference(NamedTuple):
    """An input of the workflow."""

    name: str


class OutputReference(NamedTuple):
    """An output of a node."""

    node_id: str
    output: str


class ItemReference(NamedTuple):
    """The item at hand of an input that a map goes over."""

    name: str


class HandledError(NamedTuple):
    """The error that a failure handler handles."""


class FieldStep(NamedTuple):
    """Into a record, by name of the field."""

    name: str


class IndexStep(NamedTuple):
    """Into a list or tuple, by index; from the end when negative."""

    position: int


class KeyStep(NamedTuple):
    """Into a map, by key."""

    key: Any
    annotation: Any


Step: TypeAlias = FieldStep | IndexStep | KeyStep


class Access(NamedTuple):
    """A part of a value."""

    of: "Expression"
    steps: tuple[Step, ...]


class ListExpression(NamedTuple):
    """A list, tuple or set under construction."""

    items: tuple["Expression", ...]


class MapExpression(NamedTuple):
    """A map under construction."""

    entries: tuple[tuple[Constant, "Expression"], ...]


class RecordExpression(NamedTuple):
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


class Comparison(NamedTuple):
    """A comparison of two values."""

    operator: Operator
    left: "Expression"
    right: "Expression"


class AllOf(NamedTuple):
    """True if all operands are."""

    operands: tuple["Expression", ...]


class AnyOf(NamedTuple):
    """True if any operand is."""

    operands: tuple["Expression", ...]


class Negation(NamedTuple):
    """True if the operand is false."""

    operand: "Expression"


class Membership(NamedTuple):
    """Whether a value is an item of a list or set, or a key of a map."""

    value: "Expression"
    container: "Expression"


class IsNone(NamedTuple):
    """Whether the operand is none."""

    operand: "Expression"


class Coalesce(NamedTuple):
    """The first operand that is not none."""

    operands: tuple["Expression", ...]


class DropNone(NamedTuple):
    """A list without those items that are none."""

    operand: "Expression"


Expression: TypeAlias = (
    Constant
    | InputReference
    | OutputReference
    | ItemReference
    | HandledError
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
