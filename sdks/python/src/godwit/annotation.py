"""What can be said of a type annotation without knowing any value of it."""

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from godwit.expression import FieldStep, IndexStep, KeyStep, Step

UNKNOWN: Any = typing.Any
"""Annotation of a part about which nothing is known here; the compiler knows more."""


class Part(NamedTuple):
    """A step into a value, and the annotation of what it leads to."""

    step: Step
    annotation: Any


def strip(annotation: Any) -> Any:
    """Return *annotation* without `Annotated`, type aliases, and `| None` where one type is left."""
    while True:
        if isinstance(annotation, typing.TypeVar):
            return UNKNOWN
        if isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
            continue
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = annotation.__origin__
        elif hasattr(annotation, "__value__"):  # type X = …
            annotation = annotation.__value__
        else:
            rest = [member for member in members(annotation) if member is not types.NoneType]
            if len(rest) != 1 or rest[0] is annotation:
                return annotation
            annotation = rest[0]


def members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, None included; of any other annotation, itself alone."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return typing.get_args(annotation)
    return (annotation,)


def record_fields(annotation: Any) -> dict[str, Any] | None:
    """Return the annotations of a record's fields, by name in order; None when it is no record."""
    kind = typing.get_origin(annotation) or annotation
    if not isinstance(kind, type):
        return None
    if hasattr(kind, "__dataclass_fields__"):
        import dataclasses  # noqa: PLC0415 - 6 ms, and whoever made it one has imported it

        hints = typing.get_type_hints(kind, include_extras=True)
        return {entry.name: hints[entry.name] for entry in dataclasses.fields(kind)}
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {name: hints.get(name, UNKNOWN) for name in kind._fields}
    if typing.is_typeddict(kind):
        return typing.get_type_hints(kind, include_extras=True)
    fields = getattr(kind, "model_fields", None)  # pydantic
    if isinstance(fields, dict):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {name: hints.get(name, UNKNOWN) for name in fields}
    return None


def item_part(annotation: Any, key: Any) -> Part | str:
    """Return the step that `value[key]` is on a value of *annotation*, or what is wrong with it."""
    kind = strip(annotation)
    origin = typing.get_origin(kind) or kind
    arguments = typing.get_args(kind)
    if isinstance(key, slice):
        return "A slice of a promise cannot be taken."
    if isinstance(origin, type):
        if typing.is_typeddict(origin):
            return field_part(kind, key)
        if issubclass(origin, Mapping):
            return Part(KeyStep(key, arguments[0] if arguments else type(key)), arguments[1] if arguments else UNKNOWN)
        if hasattr(origin, "_fields"):
            return _named_tuple_part(kind, key)
        if issubclass(origin, tuple):
            return _tuple_part(kind, arguments, key)
        if issubclass(origin, Sequence) and not issubclass(origin, str | bytes):
            return _index_part(kind, key, arguments[0] if arguments else UNKNOWN)
        if origin in {bool, int, float, str, bytes} or issubclass(origin, set | frozenset) or record_fields(kind):
            return f"A promise of {name_of(kind)} has no items that [{key!r}] could take."
    if isinstance(key, int) and not isinstance(key, bool):
        return Part(IndexStep(key), UNKNOWN)
    return Part(KeyStep(key, type(key)), UNKNOWN)


def _index_part(kind: Any, key: Any, item: Any) -> Part | str:
    if isinstance(key, bool) or not isinstance(key, int):
        return f"A promise of {name_of(kind)} is indexed by an integer; got {key!r}."
    return Part(IndexStep(key), item)


def _tuple_part(kind: Any, items: tuple[Any, ...], key: Any) -> Part | str:
    if len(items) == 2 and items[1] is Ellipsis:
        return _index_part(kind, key, items[0])
    part = _index_part(kind, key, UNKNOWN)
    if isinstance(part, str) or not items:
        return part
    if not -len(items) <= key < len(items):
        return f"A promise of {name_of(kind)} has {len(items)} items; got index {key}."
    return Part(part.step, items[key])


def _named_tuple_part(kind: Any, key: Any) -> Part | str:
    fields = list((record_fields(kind) or {}).items())
    if isinstance(key, bool) or not isinstance(key, int) or not -len(fields) <= key < len(fields):
        return f"A promise of {name_of(kind)} has {len(fields)} fields; got index {key!r}."
    name, annotation = fields[key]
    return Part(FieldStep(name), annotation)


def field_part(annotation: Any, name: Any) -> Part | str:
    """Return the step that `value.name` is on a value of *annotation*, or what is wrong with it."""
    kind = strip(annotation)
    if kind is UNKNOWN:
        return Part(FieldStep(name), UNKNOWN)
    fields = record_fields(kind)
    if fields is None:
        return f"A promise of {name_of(kind)} has no attribute {name}: only fields of records can be taken."
    if name not in fields:
        return f"{name_of(kind)} has no field {name}.{near(name, fields)}"
    return Part(FieldStep(name), fields[name])


def near(name: str, known: Iterable[str]) -> str:
    """Return a sentence, after a blank, on which of the *known* names may be meant; empty when there are none."""
    import difflib  # noqa: PLC0415 - needed on the way to an error only, and costs 6 ms

    names = list(known)
    matches = difflib.get_close_matches(str(name), names, n=3)
    if matches:
        return f" Did you mean {' or '.join(matches)}?"
    return f" There are: {', '.join(names)}." if names else ""


def name_of(annotation: Any) -> str:
    """Return *annotation* as people write it."""
    if typing.get_origin(annotation) is None and isinstance(annotation, type):
        return annotation.__qualname__
    return str(annotation).replace("typing.", "")
