"""Bindings: what a parameter or output is given, as an expression."""

import typing
from collections.abc import Mapping
from typing import Any

from godwit.annotation import UNKNOWN, members, record_fields, strip
from godwit.errors import PromiseError
from godwit.expression import Constant, Expression, ListExpression, MapExpression, RecordExpression
from godwit.promise import Promise, promise_parts


def bind(value: Any, annotation: Any, scope: object, where: str) -> Expression:
    """Return the expression of *value* for a place of type *annotation*.

    A promise is itself; a list, tuple, set, dict or record with promises inside is put together when the node is
    ready; anything else is a constant.

    Raises:
        PromiseError: a promise is of another workflow than *scope*, or lies where none can be looked for; the message
            says *where*.
    """
    if isinstance(value, Promise):
        expression, _, origin = promise_parts(value)
        if origin is not scope:
            raise PromiseError(
                f"{where[0].upper()}{where[1:]} is given {value!r} of another workflow's body.",
                hint="Return the value from that workflow, and give it to this one as an input.",
                code="PROMISE_OF_ANOTHER_WORKFLOW",
            )
        return expression
    if not holds_promise(value):
        return Constant(value, annotation)
    return _bind_parts(value, _member_for(value, annotation), scope, where)


def _bind_parts(value: Any, annotation: Any, scope: object, where: str) -> Expression:
    arguments = typing.get_args(annotation)
    fields = _field_values(value)
    if fields is not None:
        hints = record_fields(type(value)) or {}
        # A generic record's own annotation knows its arguments; the value's class alone does not.
        record = annotation if (typing.get_origin(annotation) or annotation) is type(value) else type(value)
        return RecordExpression(
            record,
            tuple((name, bind(part, hints.get(name, UNKNOWN), scope, where)) for name, part in fields.items()),
        )
    if isinstance(value, Mapping):
        typed = record_fields(annotation) if typing.is_typeddict(annotation) else None
        if typed is not None:
            return RecordExpression(
                annotation,
                tuple((key, bind(part, typed.get(key, UNKNOWN), scope, where)) for key, part in value.items()),
            )
        key_type, value_type = arguments if len(arguments) == 2 else (None, UNKNOWN)
        return MapExpression(
            tuple(
                (Constant(key, key_type or type(key)), bind(part, value_type, scope, where))
                for key, part in value.items()
            )
        )
    fixed = typing.get_origin(annotation) is tuple and arguments and arguments[-1] is not Ellipsis
    if fixed and len(arguments) == len(value):
        return ListExpression(
            tuple(bind(part, item, scope, where) for part, item in zip(value, arguments, strict=True))
        )
    if isinstance(value, set | frozenset):
        raise PromiseError(
            f"{where[0].upper()}{where[1:]} is given a set with promises inside: their values may be equal.",
            hint="Give a list, or make the set in a task.",
        )
    item = arguments[0] if arguments else UNKNOWN
    return ListExpression(tuple(bind(part, item, scope, where) for part in value))


def _field_values(value: Any) -> dict[str, Any] | None:
    """Return the values of a record's fields; None when *value* is no record."""
    if hasattr(type(value), "__dataclass_fields__"):
        import dataclasses  # noqa: PLC0415 - 6 ms, and whoever made it one has imported it

        return {entry.name: getattr(value, entry.name) for entry in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))
    fields = getattr(type(value), "model_fields", None)  # pydantic
    if isinstance(fields, dict):
        return {name: getattr(value, name) for name in fields}
    return None


def _member_for(value: Any, annotation: Any) -> Any:
    """Return the member of a union that *value*, which holds promises, is meant for: by its class alone."""
    annotation = strip(annotation)
    for member in members(annotation):
        kind = typing.get_origin(strip(member)) or strip(member)
        if isinstance(kind, type) and (
            isinstance(value, kind) or (typing.is_typeddict(kind) and isinstance(value, dict))
        ):
            return strip(member)
    return annotation


def holds_promise(value: Any) -> bool:
    """Return whether *value* is, or has somewhere inside, a promise.

    Raises:
        PromiseError: the key of a dict is a promise.
    """
    if isinstance(value, Promise):
        return True
    if isinstance(value, str | bytes | int | float | None):
        return False
    if isinstance(value, dict):
        for key in value:
            if isinstance(key, Promise):
                raise PromiseError(f"{key!r} cannot be the key of a dict.", hint="Make the dict in a task.")
        return any(holds_promise(part) for part in value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return any(holds_promise(part) for part in value)
    fields = _field_values(value)
    return fields is not None and any(holds_promise(part) for part in fields.values())
