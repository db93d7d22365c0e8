"""From JSON to a value of a type."""

from collections.abc import Callable
from typing import Any, Final

from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, RecordField, SimpleType, Type, UnionLiteral, UnionMember
from godwitidl.rules.digest import DigestError, literal_token
from godwitidl.rules.json_problem import JsonValueError, describe, suggest
from godwitidl.rules.json_scalars import SCALAR_HINTS, SCALAR_READERS, float_of, int_of
from godwitidl.rules.json_writing import is_text
from godwitidl.rules.places import read_directory, read_file, read_reference, read_table
from godwitidl.rules.problems import field_path, index_path
from godwitidl.rules.rendering import render_type


def from_json(value: Any, of: Type) -> Literal:
    """Return the value of *of*, a valid type, that the JSON *value* (None, bool, int, float, str, list, dict) says.

    Takes what `to_json` writes and, beyond it, what people write: an integer for a float, text for a number, a path
    for a file, `1h 30m` for a duration, the plain value of a union where it fits one member. Fills in defaults.

    Raises:
        JsonValueError: the JSON is no value of the type.
    """
    return _read(value, of, "", lenient=True)


def _read(value: Any, of: Type, path: str, *, lenient: bool) -> Literal:
    if isinstance(value, dict):
        if value.keys() == {"@reference"}:
            return read_reference(value["@reference"], path)
        if value.keys() == {"@hash", "@value"}:
            return _hashed(value, of, path, lenient=lenient)
    if value is None and of.nullable:
        literal = Literal()
        literal.none.SetInParent()
        return literal
    kind = of.WhichOneof("kind")
    if kind == "simple":
        literal = Literal()
        reader = SCALAR_READERS.get(of.simple)
        if reader is None or not reader(literal, value, lenient):
            raise _unfit(value, of, path)
        return literal
    if kind == "union":
        return _union(value, of, path)
    composite = _KINDS.get(kind or "")
    if composite is None:
        raise _unfit(value, of, path)
    return composite(value, of, path, lenient)


def _unfit(value: Any, of: Type, path: str) -> JsonValueError:
    hint = SCALAR_HINTS.get(of.simple, "") if of.HasField("simple") else ""
    return JsonValueError(path, render_type(of), describe(value), hint)


def _hashed(value: dict[str, Any], of: Type, path: str, *, lenient: bool) -> Literal:
    literal = _read(value["@value"], of, path, lenient=lenient)
    if not isinstance(value["@hash"], str):
        raise JsonValueError(path, "a hash of text", describe(value["@hash"]))
    literal.hash = value["@hash"]
    return literal


def _list(value: Any, of: Type, path: str, lenient: bool) -> Literal:
    if not isinstance(value, list | tuple):
        raise _unfit(value, of, path)
    return _packed(value, of.list.item, lenient=lenient) or _listed(value, [of.list.item] * len(value), path, lenient)


def _packed(value: list[Any] | tuple[Any, ...], item: Type, *, lenient: bool) -> Literal | None:
    """Return the packed form of a list of numbers; None where it has none, or where an item is no such number."""
    literal = Literal()
    if item.nullable or not value:
        return None
    if item.simple == SimpleType.SIMPLE_TYPE_INT:
        ints = [int_of(number, lenient=lenient) for number in value]
        if None not in ints:
            literal.ints.items.extend(number for number in ints if number is not None)
            return literal
    elif item.simple == SimpleType.SIMPLE_TYPE_FLOAT:
        floats = [float_of(number, lenient=lenient) for number in value]
        if None not in floats:
            literal.floats.items.extend(number for number in floats if number is not None)
            return literal
    return None


def _listed(value: list[Any] | tuple[Any, ...], types: list[Type], path: str, lenient: bool) -> Literal:
    literal = Literal()
    literal.list.SetInParent()
    for index, (item, wanted) in enumerate(zip(value, types, strict=True)):
        literal.list.items.append(_read(item, wanted, index_path(path, index), lenient=lenient))
    return literal


def _tuple(value: Any, of: Type, path: str, lenient: bool) -> Literal:
    types = list(of.tuple.items)
    if not isinstance(value, list | tuple) or len(value) != len(types):
        raise JsonValueError(path, f"{render_type(of)}, a list of {len(types)} items", describe(value))
    return _listed(value, types, path, lenient)


def _set(value: Any, of: Type, path: str, lenient: bool) -> Literal:
    if not isinstance(value, list | tuple):
        raise _unfit(value, of, path)
    literal = Literal()
    literal.set.SetInParent()
    seen: set[bytes] = set()
    for index, item in enumerate(value):
        element = _read(item, of.set.item, index_path(path, index), lenient=lenient)
        _check_new(element, seen, item, path, "element")
        literal.set.items.append(element)
    return literal


def _check_new(literal: Literal, seen: set[bytes], value: Any, path: str, what: str) -> None:
    try:
        token = literal_token(literal)
    except DigestError as error:
        raise JsonValueError(path, f"a {what} with a digest", str(error)) from error
    if token in seen:
        raise JsonValueError(path, f"each {what} once", f"{describe(value)} twice")
    seen.add(token)


def _map(value: Any, of: Type, path: str, lenient: bool) -> Literal:
    if isinstance(value, dict) and (lenient or is_text(of.map.key)):
        pairs = list(value.items())
    elif isinstance(value, list | tuple) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in value):
        pairs = [(pair[0], pair[1]) for pair in value]
    else:
        raise JsonValueError(path, f"{render_type(of)}, an object or a list of pairs", describe(value))
    literal = Literal()
    literal.map.SetInParent()
    seen: set[bytes] = set()
    for key, item in pairs:
        place = index_path(path, _key_text(key))
        entry = literal.map.entries.add()
        entry.key.CopyFrom(_read(key, of.map.key, place, lenient=lenient))
        _check_new(entry.key, seen, key, path, "key")
        entry.value.CopyFrom(_read(item, of.map.value, place, lenient=lenient))
    return literal


def _key_text(key: Any) -> str:
    try:
        return repr(key)
    except ValueError:  # it holds an integer of more digits than Python makes into text
        return describe(key)


def _enum(value: Any, of: Type, path: str, _: bool) -> Literal:
    symbols = list(of.enum.symbols)
    if value not in symbols:
        raise JsonValueError(path, f"one of {', '.join(symbols)}", describe(value), suggest(value, symbols))
    return Literal(string_value=value)


def _record(value: Any, of: Type, path: str, lenient: bool) -> Literal:
    if not isinstance(value, dict):
        raise _unfit(value, of, path)
    names = [field.name for field in of.record.fields]
    for name in value:
        if name not in names:
            expected = f"the fields {', '.join(names)} of {render_type(of)}" if names else "no fields"
            raise JsonValueError(path, expected, f"the field {name!r}", suggest(name, names))
    literal = Literal()
    literal.record.SetInParent()
    for field in of.record.fields:
        literal.record.fields.append(NamedLiteral(name=field.name, value=_field(value, field, of, path, lenient)))
    return literal


def _field(value: dict[str, Any], field: RecordField, of: Type, path: str, lenient: bool) -> Literal:
    place = field_path(path, field.name)
    if field.name in value:
        return _read(value[field.name], field.type, place, lenient=lenient)
    if field.HasField("default_value"):
        return field.default_value
    raise JsonValueError(place, f"the field of {render_type(of)}, which has no default", "nothing")


def _union(value: Any, of: Type, path: str) -> Literal:
    if isinstance(value, dict) and value.keys() == {"tag", "value"}:
        for member in of.union.members:
            if member.tag == value["tag"]:
                inner = _read(value["value"], member.type, f"{path}<{member.tag}>", lenient=True)
                return Literal(union=UnionLiteral(tag=member.tag, value=inner))
    for lenient in (False, True):
        fits = [fit for member in of.union.members if (fit := _try(value, member, path, lenient)) is not None]
        if len(fits) == 1:
            return fits[0]
        if fits:
            tags = " or ".join(fit.union.tag for fit in fits)
            raise JsonValueError(
                path,
                f"a value of one member of {render_type(of)}",
                f"{describe(value)}, which may be {tags},",
                f'write {{"tag": "{fits[0].union.tag}", "value": …}}',
            )
    raise _unfit(value, of, path)


def _try(value: Any, member: UnionMember, path: str, lenient: bool) -> Literal | None:
    try:
        inner = _read(value, member.type, path, lenient=lenient)
    except JsonValueError:
        return None
    return Literal(union=UnionLiteral(tag=member.tag, value=inner))


_KINDS: Final[dict[str, Callable[[Any, Type, str, bool], Literal]]] = {
    "list": _list,
    "tuple": _tuple,
    "set": _set,
    "map": _map,
    "enum": _enum,
    "record": _record,
    "file": lambda value, of, path, lenient: read_file(value, of, path, lenient=lenient),
    "directory": lambda value, of, path, lenient: read_directory(value, of, path, lenient=lenient),
    "table": lambda value, of, path, lenient: read_table(value, of, path, lenient=lenient),
}
