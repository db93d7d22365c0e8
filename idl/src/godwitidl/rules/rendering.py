"""Short texts of types and values for people: messages, logs, and the default tags of union members."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

from google.protobuf.duration_pb2 import Duration

from godwitidl.core.v1.values_pb2 import DateTime, Literal, SimpleType, TableColumn, Type
from godwitidl.rules.scalars import MIN_INSTANT_SECONDS, NANOS_PER_SECOND, is_datetime

_YEAR_ONE: Final = datetime(1, 1, 1)  # noqa: DTZ001 - a clock reading, to count from


def render_type(of: Type) -> str:
    """Return a type as text: `int`, `list<int>`, `map<string, int>`, `int | string`, `float?`, a record's name."""
    kind = of.WhichOneof("kind")
    text = "unknown" if kind is None else _TYPES[kind](of)
    if not of.nullable:
        return text
    return f"({text})?" if kind == "union" else f"{text}?"


def render_literal(literal: Literal, limit: int = 80) -> str:
    """Return a value as text of at most *limit* characters; what is longer is cut, and ends with an ellipsis."""
    text = _render(literal, limit)
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def render_datetime(value: DateTime) -> str:
    """Return a date and time in ISO 8601: `2024-10-27T02:30:00+01:00[Europe/Berlin]`, `…Z`, or without an offset."""
    if not is_datetime(value):
        return "datetime out of range"
    has_offset = value.HasField("offset_seconds")
    local = _YEAR_ONE + timedelta(seconds=value.time.seconds + value.offset_seconds - MIN_INSTANT_SECONDS)
    text = local.isoformat() + _fraction(value.time.nanos)
    if not has_offset:
        return text
    if not value.offset_seconds:
        text += "Z"
    else:
        text += _YEAR_ONE.replace(tzinfo=timezone(timedelta(seconds=value.offset_seconds))).isoformat()[19:]
    return text + (f"[{value.zone}]" if value.zone else "")


def render_duration(value: Duration) -> str:
    """Return a length of time in seconds: `90.5s`, `-0.000001s`."""
    nanos = value.seconds * NANOS_PER_SECOND + value.nanos
    seconds, rest = divmod(abs(nanos), NANOS_PER_SECOND)
    return f"{'-' if nanos < 0 else ''}{seconds}{_fraction(rest)}s"


def _fraction(nanos: int) -> str:
    """Return a fraction of a second in 0, 3, 6 or 9 digits, as many as it needs."""
    if not nanos:
        return ""
    digits = f"{nanos:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return "." + digits


def _simple(of: Type) -> str:
    try:
        return SimpleType.Name(of.simple).removeprefix("SIMPLE_TYPE_").lower()
    except ValueError:
        return f"unknown {of.simple}"


def _enum(of: Type) -> str:
    return of.enum.name or f"enum<{', '.join(of.enum.symbols)}>"


def _record(of: Type) -> str:
    fields = ", ".join(f"{field.name}: {render_type(field.type)}" for field in of.record.fields)
    return of.record.name or f"record<{fields}>"


def _with_format(name: str, parts: Iterable[str]) -> str:
    inside = "; ".join(part for part in parts if part)
    return f"{name}<{inside}>" if inside else name


def _columns(columns: Sequence[TableColumn]) -> str:
    return ", ".join(f"{column.name}: {render_type(column.type)}" for column in columns)


_TYPES: Final[dict[str, Callable[[Type], str]]] = {
    "simple": _simple,
    "list": lambda of: f"list<{render_type(of.list.item)}>",
    "tuple": lambda of: f"tuple<{', '.join(map(render_type, of.tuple.items))}>",
    "set": lambda of: f"set<{render_type(of.set.item)}>",
    "map": lambda of: f"map<{render_type(of.map.key)}, {render_type(of.map.value)}>",
    "enum": _enum,
    "record": _record,
    "union": lambda of: " | ".join(render_type(member.type) for member in of.union.members),
    "file": lambda of: _with_format("file", [of.file.format]),
    "directory": lambda of: _with_format("directory", [of.directory.format]),
    "table": lambda of: _with_format("table", [of.table.format, _columns(of.table.columns)]),
}


def _join(parts: Iterable[str], limit: int) -> str:
    """Join *parts* up to about *limit* characters: a long list costs no more than what is shown of it."""
    kept: list[str] = []
    length = 0
    for part in parts:
        kept.append(part)
        length += len(part) + 2
        if length > limit:
            break
    return ", ".join(kept)


def _quote(text: str, limit: int) -> str:
    return repr(text[: limit + 1])


def _render(literal: Literal, limit: int) -> str:
    kind = literal.WhichOneof("kind")
    if kind is None:
        return "no value"
    if kind in _CONTAINERS:
        return _CONTAINERS[kind](literal, limit)
    return _LEAVES[kind](literal, limit)


def _items(items: Iterable[Literal], limit: int) -> str:
    return _join((_render(item, limit) for item in items), limit)


def _map(literal: Literal, limit: int) -> str:
    entries = literal.map.entries
    return "{" + _join((f"{_render(e.key, limit)}: {_render(e.value, limit)}" for e in entries), limit) + "}"


def _record_literal(literal: Literal, limit: int) -> str:
    fields = literal.record.fields
    return "(" + _join((f"{field.name}={_render(field.value, limit)}" for field in fields), limit) + ")"


_CONTAINERS: Final[dict[str, Callable[[Literal, int], str]]] = {
    "list": lambda literal, limit: f"[{_items(literal.list.items, limit)}]",
    "set": lambda literal, limit: f"{{{_items(literal.set.items, limit)}}}",
    "ints": lambda literal, limit: f"[{_join(map(str, literal.ints.items), limit)}]",
    "floats": lambda literal, limit: f"[{_join(map(repr, literal.floats.items), limit)}]",
    "map": _map,
    "record": _record_literal,
    "union": lambda literal, limit: _render(literal.union.value, limit),
}

_LEAVES: Final[dict[str, Callable[[Literal, int], str]]] = {
    "none": lambda _, __: "none",
    "bool_value": lambda literal, _: "true" if literal.bool_value else "false",
    "int_value": lambda literal, _: str(literal.int_value),
    "float_value": lambda literal, _: repr(literal.float_value),
    "decimal": lambda literal, limit: literal.decimal[: limit + 1],
    "string_value": lambda literal, limit: _quote(literal.string_value, limit),
    "bytes_value": lambda literal, _: f"{len(literal.bytes_value)} bytes",
    "date": lambda literal, _: literal.date,
    "datetime": lambda literal, _: render_datetime(literal.datetime),
    "duration": lambda literal, _: render_duration(literal.duration),
    "uuid": lambda literal, _: literal.uuid,
    "json": lambda literal, limit: literal.json[: limit + 1],
    "error": lambda literal, limit: f"{literal.error.code}: {literal.error.message[:limit]}",
    "file": lambda literal, _: f"file {literal.file.uri}",
    "directory": lambda literal, _: f"directory {literal.directory.uri}",
    "table": lambda literal, _: f"table {literal.table.uri}",
    "reference": lambda literal, _: f"{literal.reference.size_bytes} bytes at {literal.reference.uri}",
}
