"""Types of parts of values."""

from collections.abc import Iterable

from godwitidl.core.v1.expression_pb2 import AccessStep
from godwitidl.core.v1.values_pb2 import Type
from godwitidl.rules.rendering import render_literal, render_type
from godwitidl.rules.validation import check_literal

from godwit_core.compiler.problems import Code, Problems, suggest


def type_of_access(of: Type, steps: Iterable[AccessStep], what: str, problems: Problems) -> Type | None:
    """Return the type that *steps* lead to from a value of type *of*; None, and a problem, if they lead nowhere."""
    reached: Type | None = of
    is_empty = True
    for step in steps:
        is_empty = False
        if reached is not None:
            reached = _step(reached, step, what, problems)
    if is_empty:
        problems.add(Code.UNSPECIFIED, f"{what}: an access expects a step at least, came none.")
        return None
    return reached


def _step(of: Type, step: AccessStep, what: str, problems: Problems) -> Type | None:
    kind = step.WhichOneof("kind")
    if kind is None:
        problems.add(Code.UNSPECIFIED, f"{what}: expected a field, index or key, came none.")
        return None
    if of.nullable:
        problems.add(
            Code.NULLABLE_VALUE,
            f"{what}: {render_type(of)} may be none, which has no parts.",
            "Give a substitute by coalesce, or access it in a task.",
        )
        return None
    if kind == "field" and of.WhichOneof("kind") == "record":
        return _field(of, step.field, what, problems)
    if kind == "index" and of.WhichOneof("kind") == "list":
        return of.list.item
    if kind == "index" and of.WhichOneof("kind") == "tuple":
        return _item(of, step.index, what, problems)
    if kind == "key" and of.WhichOneof("kind") == "map":
        return _value(of, step, what, problems)
    problems.add(
        Code.NOT_ACCESSIBLE,
        f"{what}: {render_type(of)} has no {_shown(step)}.",
        "Fields are of records, indices of lists and tuples, keys of maps. Anything else is a task's work.",
    )
    return None


def _shown(step: AccessStep) -> str:
    kind = step.WhichOneof("kind")
    if kind == "field":
        return f"field {step.field!r}"
    return f"index {step.index}" if kind == "index" else f"key {render_literal(step.key)}"


def _field(of: Type, name: str, what: str, problems: Problems) -> Type | None:
    for field in of.record.fields:
        if field.name == name:
            return field.type
    problems.add(
        Code.UNKNOWN_FIELD,
        f"{what}: {render_type(of)} has no field {name!r}.",
        suggest(name, [field.name for field in of.record.fields], what="fields"),
    )
    return None


def _item(of: Type, index: int, what: str, problems: Problems) -> Type | None:
    count = len(of.tuple.items)
    if -count <= index < count:
        return of.tuple.items[index]
    problems.add(Code.INDEX_OUT_OF_RANGE, f"{what}: {render_type(of)} has {count} items, none at index {index}.")
    return None


def _value(of: Type, step: AccessStep, what: str, problems: Problems) -> Type | None:
    for problem in check_literal(step.key, of.map.key):
        problems.add(Code.INVALID_VALUE, f"{what}: key: expected {problem.expected}, came {problem.came}.")
        return None
    return of.map.value
