"""Whether a type is one: its keys, its unions, and names that are distinct; and how deep types and literals nest."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.problems import MAX_DEPTH, Problem, field_path, index_path
from godwitidl.rules.rendering import render_type

_NO_KEYS: Final = {
    SimpleType.SIMPLE_TYPE_UNSPECIFIED,
    SimpleType.SIMPLE_TYPE_FLOAT,
    SimpleType.SIMPLE_TYPE_JSON,
    SimpleType.SIMPLE_TYPE_ERROR,
}


def type_problems(of: Type, path: str, depth: int) -> Iterator[Problem]:
    """Yield what is wrong with *of*, which stands at *path*, *depth* deep; all but what is wrong with defaults."""
    if depth > MAX_DEPTH:
        yield Problem(path, f"a type nested at most {MAX_DEPTH} deep", "a deeper one")
        return
    kind = of.WhichOneof("kind")
    if kind is None:
        yield Problem(path, "a type with a known kind", "none")
        return
    yield from _KINDS[kind](of, path, depth)


def type_parts(of: Type, path: str) -> list[tuple[Type, str]]:
    """Return the types that *of* is made of, with the path of each, given its own."""
    kind = of.WhichOneof("kind")
    if kind == "list":
        return [(of.list.item, f"{path}[]")]
    if kind == "tuple":
        return [(item, index_path(path, index)) for index, item in enumerate(of.tuple.items)]
    if kind == "set":
        return [(of.set.item, f"{path}[]")]
    if kind == "map":
        return [(of.map.key, f"{path}[key]"), (of.map.value, f"{path}[]")]
    if kind == "record":
        return [(field.type, field_path(path, field.name)) for field in of.record.fields]
    if kind == "union":
        return [(member.type, f"{path}<{member.tag}>") for member in of.union.members]
    if kind == "table":
        return [(column.type, field_path(path, column.name)) for column in of.table.columns]
    return []


def is_type_deeper(of: Type, limit: int) -> bool:
    """Whether a type, with the defaults of its fields, is nested deeper than *limit*; looks no further than that."""
    if limit < 1 or any(is_type_deeper(part, limit - 1) for part, _ in type_parts(of, "")):
        return True
    defaults = (field.default_value for field in of.record.fields if field.HasField("default_value"))
    return any(is_deeper(default, limit - 1) for default in defaults)


def is_deeper(literal: Literal, limit: int) -> bool:
    """Whether a literal is nested deeper than *limit*, itself counted; looks no further than that."""
    if limit < 1:
        return True
    kind = literal.WhichOneof("kind")
    if kind in {"list", "set"}:
        return any(is_deeper(item, limit - 1) for item in getattr(literal, kind).items)
    if kind == "map":
        return any(is_deeper(e.key, limit - 1) or is_deeper(e.value, limit - 1) for e in literal.map.entries)
    if kind == "record":
        return any(is_deeper(field.value, limit - 1) for field in literal.record.fields)
    if kind == "union":
        return is_deeper(literal.union.value, limit - 1)
    if kind in {"ints", "floats"}:
        return limit < 2 and bool(getattr(literal, kind).items)
    if kind == "table":
        return any(is_type_deeper(column.type, limit - 1) for column in literal.table.columns)
    if kind == "reference" and literal.reference.HasField("type"):
        return is_type_deeper(literal.reference.type, limit)
    return False


def type_depth(of: Type) -> int:
    """Return how deep a type is nested: 1 for one without parts."""
    return 1 + max((type_depth(part) for part, _ in type_parts(of, "")), default=0)


def _simple(of: Type, path: str, _: int) -> Iterator[Problem]:
    if not of.simple or of.simple not in SimpleType.values():
        yield Problem(path, "a simple type", f"the number {of.simple}")
    if of.simple == SimpleType.SIMPLE_TYPE_JSON and of.nullable:
        yield Problem(path, "json, which has a null of its own", "json?")


def _key(of: Type, path: str) -> Iterator[Problem]:
    """Yield what is wrong with *of* as a key or set element."""
    if not _is_key(of):
        keys = "a simple type but float, json, error; an enum; a tuple of these; none nullable"
        yield Problem(path, f"a type for keys and set elements ({keys})", render_type(of))


def _is_key(of: Type) -> bool:
    if of.nullable:
        return False
    kind = of.WhichOneof("kind")
    if kind == "simple":
        return of.simple not in _NO_KEYS
    return kind == "enum" or (kind == "tuple" and all(map(_is_key, of.tuple.items)))


def _container(of: Type, path: str, depth: int) -> Iterator[Problem]:
    for part, place in type_parts(of, path):
        yield from type_problems(part, place, depth + 1)


def _set(of: Type, path: str, depth: int) -> Iterator[Problem]:
    yield from _key(of.set.item, f"{path}[]")
    yield from _container(of, path, depth)


def _map(of: Type, path: str, depth: int) -> Iterator[Problem]:
    yield from _key(of.map.key, f"{path}[key]")
    yield from _container(of, path, depth)


def _enum(of: Type, path: str, _: int) -> Iterator[Problem]:
    if not of.enum.symbols:
        yield Problem(path, "an enum with symbols", "one without")
    yield from _distinct(of.enum.symbols, path, "symbol")


def _record(of: Type, path: str, depth: int) -> Iterator[Problem]:
    yield from _distinct((field.name for field in of.record.fields), path, "field")
    for field in of.record.fields:
        if field.name.startswith("@"):
            yield Problem(path, "names of fields that do not begin with @", repr(field.name))
    yield from _container(of, path, depth)


def _union(of: Type, path: str, depth: int) -> Iterator[Problem]:
    members = of.union.members
    if len(members) < 2:
        yield Problem(path, "a union of two members at least", str(len(members)))
    yield from _distinct((member.tag for member in members), path, "tag")
    for member in members:
        place = f"{path}<{member.tag}>"
        if member.type.nullable:
            yield Problem(place, "a member that is not nullable (the union may be)", render_type(member.type))
        if member.type.HasField("union"):
            yield Problem(place, "a member that is no union", render_type(member.type))
    yield from _container(of, path, depth)


def _table(of: Type, path: str, depth: int) -> Iterator[Problem]:
    yield from _distinct((column.name for column in of.table.columns), path, "column")
    yield from _container(of, path, depth)


def _nothing(_: Type, __: str, ___: int) -> Iterator[Problem]:
    return iter(())


def _distinct(names: Iterable[str], path: str, what: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if not name:
            yield Problem(path, f"a {what} with a name", "an empty one")
        elif name in seen:
            yield Problem(path, f"each {what} once", f"{name!r} twice")
        seen.add(name)


_KINDS: Final[dict[str, Callable[[Type, str, int], Iterator[Problem]]]] = {
    "simple": _simple,
    "list": _container,
    "tuple": _container,
    "set": _set,
    "map": _map,
    "enum": _enum,
    "record": _record,
    "union": _union,
    "file": _nothing,
    "directory": _nothing,
    "table": _table,
}
