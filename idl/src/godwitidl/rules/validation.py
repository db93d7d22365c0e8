"""Whether a type is one, and whether a literal is a value of a type: checked, never cast.

Limits hold where values are written; `docs/contract/values.md` lists them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from godwitidl.core.v1.values_pb2 import DataRef, Literal, SimpleType, Type
from godwitidl.rules.castability import Level, castability
from godwitidl.rules.digest import DIGEST_BYTES, DigestError, literal_token
from godwitidl.rules.json_text import JsonTextError, parse_json_text
from godwitidl.rules.problems import MAX_DEPTH, Problem, field_path, index_path
from godwitidl.rules.rendering import render_literal, render_type
from godwitidl.rules.scalars import is_content_digest, is_date, is_datetime, is_decimal, is_duration, is_error, is_uuid
from godwitidl.rules.type_validation import is_deeper, is_type_deeper, type_parts, type_problems

INLINE_LIMIT_BYTES: Final = 64 * 1024
MESSAGE_LIMIT_BYTES: Final = 1024 * 1024
MAX_EXPRESSION_DEPTH: Final = 20
MAX_BRANCH_DEPTH: Final = 6

__all__ = [
    "INLINE_LIMIT_BYTES",
    "MAX_BRANCH_DEPTH",
    "MAX_DEPTH",
    "MAX_EXPRESSION_DEPTH",
    "MESSAGE_LIMIT_BYTES",
    "Problem",
    "check_depth",
    "check_literal",
    "check_type",
    "is_deeper",
    "is_type_deeper",
]


def check_type(of: Type) -> list[Problem]:
    """Return what is wrong with a type, defaults of its fields included; empty when nothing is."""
    problems = list(type_problems(of, "", 1))
    return problems or list(_default_problems(of, "", 1))


def check_literal(literal: Literal, of: Type) -> list[Problem]:
    """Return why *literal* is no value of *of*, a valid type; empty when it is one.

    An integer is no float here: constants are checked, not cast. A reference is one where the type that it says casts:
    its reader converts what it reads.
    """
    return check_depth(literal) or list(_check(literal, of, ""))


def check_depth(literal: Literal) -> list[Problem]:
    """Return a problem where *literal* is nested deeper than MAX_DEPTH, itself counted; else nothing."""
    if is_deeper(literal, MAX_DEPTH):
        return [Problem("", f"a value nested at most {MAX_DEPTH} deep", "a deeper one")]
    return []


def _default_problems(of: Type, path: str, depth: int) -> Iterator[Problem]:
    for part, place in type_parts(of, path):
        yield from _default_problems(part, place, depth + 1)
    for field in of.record.fields:
        if field.HasField("default_value"):
            place = field_path(path, field.name)
            if is_deeper(field.default_value, MAX_DEPTH - depth):
                yield Problem(place, f"a type nested at most {MAX_DEPTH} deep, with its defaults", "a deeper one")
            else:
                yield from _check(field.default_value, field.type, place)


def _check(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    kind = literal.WhichOneof("kind")
    if kind == "none":
        if not of.nullable:
            yield _wrong(literal, of, path)
    elif kind == "reference":
        yield from _check_reference(literal.reference, of, path)
    else:
        type_kind = of.WhichOneof("kind")
        checker = _SIMPLE.get(of.simple) if type_kind == "simple" else _KINDS.get(type_kind or "")
        if kind is None or checker is None:
            yield _wrong(literal, of, path)
        else:
            yield from checker(literal, of, path)


def _wrong(literal: Literal, of: Type, path: str) -> Problem:
    return Problem(path, render_type(of), _describe(literal))


def _describe(literal: Literal) -> str:
    kind = literal.WhichOneof("kind")
    if kind is None:
        return "a literal without a known kind"
    return render_literal(literal) if kind == "none" else f"{_NOUNS.get(kind, kind)} {render_literal(literal)}"


_Checker = Callable[[Literal, Type, str], Iterator[Problem]]


def _scalar(kind: str, is_valid: Callable[[Literal], bool], expected: str) -> _Checker:
    def check(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
        if literal.WhichOneof("kind") != kind:
            yield _wrong(literal, of, path)
        elif not is_valid(literal):
            yield Problem(path, expected, render_literal(literal))

    return check


def _always(_: Literal) -> bool:
    return True


def _is_json(literal: Literal) -> bool:
    try:
        parse_json_text(literal.json)
    except JsonTextError:
        return False
    return True


def _check_list(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    item = of.list.item
    if literal.HasField("ints") or literal.HasField("floats"):
        wanted = SimpleType.SIMPLE_TYPE_INT if literal.HasField("ints") else SimpleType.SIMPLE_TYPE_FLOAT
        if item.simple != wanted:
            yield _wrong(literal, of, path)
    elif literal.HasField("list"):
        for index, value in enumerate(literal.list.items):
            yield from _check(value, item, index_path(path, index))
    else:
        yield _wrong(literal, of, path)


def _check_tuple(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    if not literal.HasField("list"):
        yield _wrong(literal, of, path)
        return
    items, types = literal.list.items, of.tuple.items
    if len(items) != len(types):
        yield Problem(path, f"{render_type(of)}, {len(types)} items", f"{len(items)} items")
        return
    for index, (value, item) in enumerate(zip(items, types, strict=True)):
        yield from _check(value, item, index_path(path, index))


def _check_set(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    if not literal.HasField("set"):
        yield _wrong(literal, of, path)
        return
    found = False
    for index, value in enumerate(literal.set.items):
        for problem in _check(value, of.set.item, index_path(path, index)):
            found = True
            yield problem
    if not found:
        yield from _check_distinct(literal.set.items, path, "element")


def _check_map(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    if not literal.HasField("map"):
        yield _wrong(literal, of, path)
        return
    found = False
    for entry in literal.map.entries:
        place = index_path(path, render_literal(entry.key))
        for problem in _check(entry.key, of.map.key, place):
            found = True
            yield problem
        yield from _check(entry.value, of.map.value, place)
    if not found:
        yield from _check_distinct([entry.key for entry in literal.map.entries], path, "key")


def _check_distinct(values: Iterable[Literal], path: str, what: str) -> Iterator[Problem]:
    seen: set[bytes] = set()
    for value in values:
        try:
            token = literal_token(value)
        except DigestError as error:
            yield Problem(path, f"a {what} with a digest", str(error))
            return
        if token in seen:
            yield Problem(path, f"each {what} once", f"{render_literal(value)} twice")
        seen.add(token)


def _check_enum(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    if not literal.HasField("string_value"):
        yield _wrong(literal, of, path)
    elif literal.string_value not in of.enum.symbols:
        yield Problem(path, f"one of {', '.join(of.enum.symbols)}", repr(literal.string_value))


def _check_record(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    if not literal.HasField("record"):
        yield _wrong(literal, of, path)
        return
    types = {field.name: field.type for field in of.record.fields}
    seen: set[str] = set()
    for field in literal.record.fields:
        place = field_path(path, field.name)
        if field.name not in types:
            yield Problem(path, f"the fields {', '.join(types)} of {render_type(of)}", f"the field {field.name!r}")
        elif field.name in seen:
            yield Problem(place, "each field once", "it twice")
        else:
            yield from _check(field.value, types[field.name], place)
        seen.add(field.name)
    for name in types:
        if name not in seen:
            yield Problem(field_path(path, name), f"the field of {render_type(of)}", "nothing")


def _check_union(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    if not literal.HasField("union"):
        yield _wrong(literal, of, path)
        return
    tag = literal.union.tag
    member = next((member for member in of.union.members if member.tag == tag), None)
    if member is None:
        yield Problem(path, f"one of the tags {', '.join(m.tag for m in of.union.members)}", repr(tag))
    else:
        yield from _check(literal.union.value, member.type, f"{path}<{tag}>")


def _check_file(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    if not literal.HasField("file"):
        yield _wrong(literal, of, path)
        return
    file = literal.file
    yield from _check_content(file.uri, file.digest, path)
    yield from _check_format(file.format, of.file.format, path)
    if "/" in file.name or "\0" in file.name:
        yield Problem(path, "a file name without folders", repr(file.name))


def _check_directory(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    if not literal.HasField("directory"):
        yield _wrong(literal, of, path)
        return
    yield from _check_content(literal.directory.uri, literal.directory.digest, path)
    yield from _check_format(literal.directory.format, of.directory.format, path)


def _check_table(literal: Literal, of: Type, path: str) -> Iterator[Problem]:
    if not literal.HasField("table"):
        yield _wrong(literal, of, path)
        return
    table = literal.table
    yield from _check_content(table.uri, table.digest, path)
    if table.format:
        yield from _check_format(table.format, of.table.format, path)
    else:
        yield Problem(path, "a table with its format", "none")
    came = {column.name: column.type for column in table.columns}
    for column in of.table.columns:
        place = field_path(path, column.name)
        if column.name not in came:
            yield Problem(place, f"a column of {render_type(column.type)}", "nothing")
        elif _level(came[column.name], column.type) is not Level.SAME:
            yield Problem(place, f"a column of {render_type(column.type)}", render_type(came[column.name]))


def _check_content(uri: str, digest: str, path: str) -> Iterator[Problem]:
    if not uri:
        yield Problem(path, "a uri", "none")
    if digest and not is_content_digest(digest):
        yield Problem(path, "a digest sha256: and 64 hexadecimal digits", repr(digest))


def _check_format(came: str, wanted: str, path: str) -> Iterator[Problem]:
    if wanted and came != wanted:
        yield Problem(path, f"the format {wanted}", came or "an unknown one")


def _level(said: Type, of: Type) -> Level:
    """Return how well a type that a literal says, which need not be valid, casts to a valid one."""
    return Level.NO if check_type(said) else castability(said, of)


def _check_reference(reference: DataRef, of: Type, path: str) -> Iterator[Problem]:
    if not reference.uri:
        yield Problem(path, "a uri", "none")
    if len(reference.digest) != DIGEST_BYTES:
        yield Problem(path, f"a digest of {DIGEST_BYTES} bytes", f"{len(reference.digest)} bytes")
    if reference.HasField("type") and _level(reference.type, of) is Level.NO:
        yield Problem(path, render_type(of), f"a reference to {render_type(reference.type)}")
    if reference.HasField("index") and not reference.HasField("item_count"):
        yield Problem(path, "the number of items of an indexed list", "none")


_NOUNS: Final = {
    "bool_value": "bool",
    "int_value": "int",
    "float_value": "float",
    "string_value": "string",
    "bytes_value": "bytes",
    "ints": "list",
    "floats": "list",
}

_SIMPLE: Final[dict[int, _Checker]] = {
    SimpleType.SIMPLE_TYPE_BOOL: _scalar("bool_value", _always, "bool"),
    SimpleType.SIMPLE_TYPE_INT: _scalar("int_value", _always, "int"),
    SimpleType.SIMPLE_TYPE_FLOAT: _scalar("float_value", _always, "float"),
    SimpleType.SIMPLE_TYPE_STRING: _scalar("string_value", _always, "string"),
    SimpleType.SIMPLE_TYPE_BYTES: _scalar("bytes_value", _always, "bytes"),
    SimpleType.SIMPLE_TYPE_DECIMAL: _scalar(
        "decimal", lambda literal: is_decimal(literal.decimal), "a decimal number such as 1.00 or 1E+5"
    ),
    SimpleType.SIMPLE_TYPE_DATE: _scalar(
        "date", lambda literal: is_date(literal.date), "a date YYYY-MM-DD of the years 1 to 9999"
    ),
    SimpleType.SIMPLE_TYPE_DATETIME: _scalar(
        "datetime",
        lambda literal: is_datetime(literal.datetime),
        "a datetime of the years 1 to 9999, its offset within 18 hours, a zone only beside an offset",
    ),
    SimpleType.SIMPLE_TYPE_DURATION: _scalar(
        "duration", lambda literal: is_duration(literal.duration), "a duration within 315,576,000,000 seconds"
    ),
    SimpleType.SIMPLE_TYPE_UUID: _scalar(
        "uuid", lambda literal: is_uuid(literal.uuid), "a UUID of 36 characters in lower case"
    ),
    SimpleType.SIMPLE_TYPE_JSON: _scalar(
        "json", _is_json, "JSON text without duplicate names, NaN, infinities or lone surrogates"
    ),
    SimpleType.SIMPLE_TYPE_ERROR: _scalar(
        "error", lambda literal: is_error(literal.error), "an error with code, message, blame and retry"
    ),
}

_KINDS: Final[dict[str, _Checker]] = {
    "list": _check_list,
    "tuple": _check_tuple,
    "set": _check_set,
    "map": _check_map,
    "enum": _check_enum,
    "record": _check_record,
    "union": _check_union,
    "file": _check_file,
    "directory": _check_directory,
    "table": _check_table,
}
