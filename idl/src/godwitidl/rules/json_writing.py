"""From a value to its JSON."""

import base64
import math
from collections.abc import Callable, Iterable
from typing import Any, Final

from godwitidl.core.v1.values_pb2 import DataRef, Literal, SimpleType, Type
from godwitidl.rules.json_problem import MARKERS, JsonValueError
from godwitidl.rules.json_text import Digits, JsonTextError, parse_json_text
from godwitidl.rules.message_json import write_message
from godwitidl.rules.problems import field_path, index_path
from godwitidl.rules.rendering import render_datetime, render_duration, render_literal, render_type

MAX_SAFE_INTEGER: Final = 2**53 - 1


def to_json(literal: Literal, of: Type) -> Any:
    """Return the JSON of *literal*, a value of *of*: None, bool, int, float, str, list, dict.

    Raises:
        JsonValueError: the literal is no value of the type.
    """
    return _write(literal, of, "")


def _write(literal: Literal, of: Type, path: str) -> Any:
    kind = literal.WhichOneof("kind")
    if kind == "none":
        value = None
    elif kind == "reference":
        value = {"@reference": _reference(literal.reference)}
    else:
        type_kind = of.WhichOneof("kind")
        writer = _SIMPLE.get(of.simple) if type_kind == "simple" else _KINDS.get(type_kind or "")
        if writer is None or kind not in writer[0]:
            raise JsonValueError(path, render_type(of), render_literal(literal))
        value = writer[1](literal, of, path)
    return {"@hash": literal.hash, "@value": value} if literal.hash else value


def _reference(reference: DataRef) -> dict[str, Any]:
    value: dict[str, Any] = {
        "uri": reference.uri,
        "size_bytes": reference.size_bytes,
        "digest": reference.digest.hex(),
    }
    if reference.HasField("type"):
        value["type"] = write_message(reference.type)
    if reference.HasField("item_count"):
        value["item_count"] = reference.item_count
    if reference.HasField("index"):
        value["footer_offset"] = reference.index.footer_offset
    return value


def _int(number: int) -> int | str:
    return number if abs(number) <= MAX_SAFE_INTEGER else str(number)


def _float(number: float) -> float | str:
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _json(literal: Literal, _: Type, path: str) -> Any:
    try:
        value = _numbers(parse_json_text(literal.json))
    except (JsonTextError, ValueError) as error:
        raise JsonValueError(path, "JSON text", str(error)) from error
    return {"@json": value} if isinstance(value, dict) and frozenset(value) in MARKERS else value


def _numbers(value: Any) -> Any:
    """Return parsed JSON with its integers as int."""
    if isinstance(value, Digits):
        return int(value)
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if isinstance(value, dict):
        return {name: _numbers(item) for name, item in value.items()}
    return value


def _error(literal: Literal, _: Type, __: str) -> Any:
    return write_message(literal.error)


def _list(literal: Literal, of: Type, path: str) -> list[Any]:
    if literal.HasField("ints"):
        return [_int(item) for item in literal.ints.items]
    if literal.HasField("floats"):
        return [_float(item) for item in literal.floats.items]
    return _items(literal.list.items, of.list.item, path)


def _items(items: Iterable[Literal], of: Type, path: str) -> list[Any]:
    return [_write(item, of, index_path(path, index)) for index, item in enumerate(items)]


def _tuple(literal: Literal, of: Type, path: str) -> list[Any]:
    items, types = literal.list.items, of.tuple.items
    if len(items) != len(types):
        raise JsonValueError(path, f"{len(types)} items", f"{len(items)} items")
    pairs = zip(items, types, strict=True)
    return [_write(item, wanted, index_path(path, index)) for index, (item, wanted) in enumerate(pairs)]


def _set(literal: Literal, of: Type, path: str) -> list[Any]:
    return _items(literal.set.items, of.set.item, path)


def _map(literal: Literal, of: Type, path: str) -> Any:
    pairs = []
    for entry in literal.map.entries:
        place = index_path(path, render_literal(entry.key))
        pairs.append([_write(entry.key, of.map.key, place), _write(entry.value, of.map.value, place)])
    names = frozenset(name for name, _ in pairs) if all(isinstance(name, str) for name, _ in pairs) else None
    if is_text(of.map.key) and names is not None and names not in MARKERS:
        return dict(pairs)
    return pairs


def is_text(of: Type) -> bool:
    """Whether keys of this type are names of a JSON object: strings and symbols."""
    return of.simple == SimpleType.SIMPLE_TYPE_STRING or of.HasField("enum")


def _record(literal: Literal, of: Type, path: str) -> dict[str, Any]:
    values = {field.name: field.value for field in literal.record.fields}
    names = {field.name for field in of.record.fields}
    if values.keys() != names:
        raise JsonValueError(path, f"the fields {', '.join(sorted(names))}", ", ".join(sorted(values)) or "none")
    return {
        field.name: _write(values[field.name], field.type, field_path(path, field.name)) for field in of.record.fields
    }


def _union(literal: Literal, of: Type, path: str) -> dict[str, Any]:
    tag = literal.union.tag
    for member in of.union.members:
        if member.tag == tag:
            return {"tag": tag, "value": _write(literal.union.value, member.type, f"{path}<{tag}>")}
    raise JsonValueError(path, f"one of the tags {', '.join(m.tag for m in of.union.members)}", repr(tag))


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in {None, ""}}


def _file(literal: Literal, _: Type, __: str) -> dict[str, Any]:
    file = literal.file
    size = file.size_bytes if file.HasField("size_bytes") else None
    return _present(uri=file.uri, name=file.name, format=file.format, size_bytes=size, digest=file.digest)


def _directory(literal: Literal, _: Type, __: str) -> dict[str, Any]:
    directory = literal.directory
    return _present(
        uri=directory.uri,
        format=directory.format,
        size_bytes=directory.size_bytes if directory.HasField("size_bytes") else None,
        file_count=directory.file_count if directory.HasField("file_count") else None,
        digest=directory.digest,
    )


def _table(literal: Literal, _: Type, __: str) -> dict[str, Any]:
    table = literal.table
    value = _present(
        uri=table.uri,
        format=table.format,
        row_count=table.row_count if table.HasField("row_count") else None,
        size_bytes=table.size_bytes if table.HasField("size_bytes") else None,
        digest=table.digest,
    )
    if table.columns:
        value["columns"] = [{"name": c.name, "type": write_message(c.type)} for c in table.columns]
    return value


_Writer = Callable[[Literal, Type, str], Any]

_SIMPLE: Final[dict[int, tuple[frozenset[str], _Writer]]] = {
    SimpleType.SIMPLE_TYPE_BOOL: (frozenset({"bool_value"}), lambda literal, _, __: literal.bool_value),
    SimpleType.SIMPLE_TYPE_INT: (frozenset({"int_value"}), lambda literal, _, __: _int(literal.int_value)),
    SimpleType.SIMPLE_TYPE_FLOAT: (frozenset({"float_value"}), lambda literal, _, __: _float(literal.float_value)),
    SimpleType.SIMPLE_TYPE_DECIMAL: (frozenset({"decimal"}), lambda literal, _, __: literal.decimal),
    SimpleType.SIMPLE_TYPE_STRING: (frozenset({"string_value"}), lambda literal, _, __: literal.string_value),
    SimpleType.SIMPLE_TYPE_BYTES: (
        frozenset({"bytes_value"}),
        lambda literal, _, __: base64.b64encode(literal.bytes_value).decode(),
    ),
    SimpleType.SIMPLE_TYPE_DATE: (frozenset({"date"}), lambda literal, _, __: literal.date),
    SimpleType.SIMPLE_TYPE_DATETIME: (
        frozenset({"datetime"}),
        lambda literal, _, __: render_datetime(literal.datetime),
    ),
    SimpleType.SIMPLE_TYPE_DURATION: (
        frozenset({"duration"}),
        lambda literal, _, __: render_duration(literal.duration),
    ),
    SimpleType.SIMPLE_TYPE_UUID: (frozenset({"uuid"}), lambda literal, _, __: literal.uuid),
    SimpleType.SIMPLE_TYPE_JSON: (frozenset({"json"}), _json),
    SimpleType.SIMPLE_TYPE_ERROR: (frozenset({"error"}), _error),
}

_KINDS: Final[dict[str, tuple[frozenset[str], _Writer]]] = {
    "list": (frozenset({"list", "ints", "floats"}), _list),
    "tuple": (frozenset({"list"}), _tuple),
    "set": (frozenset({"set"}), _set),
    "map": (frozenset({"map"}), _map),
    "enum": (frozenset({"string_value"}), lambda literal, _, __: literal.string_value),
    "record": (frozenset({"record"}), _record),
    "union": (frozenset({"union"}), _union),
    "file": (frozenset({"file"}), _file),
    "directory": (frozenset({"directory"}), _directory),
    "table": (frozenset({"table"}), _table),
}
