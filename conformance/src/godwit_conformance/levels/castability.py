"""Level *castability*: the table on its golden vectors, and conversions of values."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from godwitidl.core.v1.values_pb2 import Literal, Type
from google.protobuf import json_format

from godwit_conformance.cases import Bench, Case, CaseFailedError, Level
from godwit_conformance.levels.digest import vectors
from godwit_conformance.levels.questions import cast_level, convert, convert_request, refusal
from godwit_conformance.meaning import literal_differences, plain
from godwit_conformance.naming import distinct
from godwit_conformance.samples import (
    DECIMAL,
    FLOAT,
    INT,
    JSON,
    STRING,
    file_type,
    list_of,
    literal,
    map_of,
    nullable,
    record,
    record_value,
    union,
    union_value,
)

_CSV = Literal()
_POINT = record("Point", x=INT, y=INT)
_WIDE = record("Wide", x=INT, y=INT, z=INT)


def cases() -> Iterator[Case]:
    """Yield the cases of the level."""
    pairs = vectors("castability.json")["pairs"]
    for name, pair in zip(distinct(pair["name"] for pair in pairs), pairs, strict=True):
        yield Case(
            f"castability/table/{name}", Level.CASTABILITY, f"{pair['name']} is {pair['level']}", partial(_level, pair)
        )
    for name, given, source, target, expected in _conversions():
        yield Case(
            f"castability/convert/{name}", Level.CASTABILITY, name, partial(_convert, given, source, target, expected)
        )


def _level(pair: dict[str, Any], bench: Bench) -> None:
    source = json_format.ParseDict(pair["source"], Type())
    target = json_format.ParseDict(pair["target"], Type())
    came = cast_level(bench, source, target)
    if came != pair["level"]:
        raise CaseFailedError(f"the level {pair['level']} was expected, came {came}")


def _convert(given: Literal, source: Type, target: Type, expected: Literal | None, bench: Bench) -> None:
    if expected is None:
        refusal(bench, convert_request(given, source, target))
        return
    came = convert(bench, given, source, target)
    differences = literal_differences(plain(expected), plain(came))
    if differences:
        raise CaseFailedError("\n".join(str(difference) for difference in differences))


def _conversions() -> Iterator[tuple[str, Literal, Type, Type, Literal | None]]:
    yield "int to float", literal(3), INT, FLOAT, literal(3.0)
    yield "the largest exact int to float", literal(2**53), INT, FLOAT, literal(float(2**53))
    yield "an int that is no float is refused", literal(2**53 + 1), INT, FLOAT, None
    yield "int to decimal", literal(-42), INT, DECIMAL, Literal(decimal="-42")
    yield "int to json", literal(2**63 - 1), INT, JSON, Literal(json=str(2**63 - 1))
    yield "string to json", literal('a"\n\u00e9'), STRING, JSON, Literal(json='"a\\"\\n\u00e9"')
    yield "nan to json is refused", literal(float("nan")), FLOAT, JSON, None
    yield "infinity to json is refused", literal(float("inf")), FLOAT, JSON, None
    yield "list of ints to floats", literal([1, 2]), list_of(INT), list_of(FLOAT), literal([1.0, 2.0])
    packed = Literal()
    packed.ints.items.extend([1, 2])
    yield "packed ints to floats", packed, list_of(INT), list_of(FLOAT), literal([1.0, 2.0])
    yield "a list with one int that is no float is refused", literal([1, 2**53 + 1]), list_of(INT), list_of(FLOAT), None
    yield (
        "a nullable int that is none to a nullable float",
        literal(None),
        nullable(INT),
        nullable(FLOAT),
        literal(None),
    )
    wide = record_value(x=literal(1), y=literal(2), z=literal(3))
    yield "a record loses a field", wide, _WIDE, _POINT, record_value(x=literal(1), y=literal(2))
    filled = record("Filled", x=INT, y=INT)
    filled.record.fields.add(name="z", type=INT, default_value=literal(7))
    point = record_value(x=literal(1), y=literal(2))
    yield (
        "a record is filled by a default",
        point,
        _POINT,
        filled,
        record_value(x=literal(1), y=literal(2), z=literal(7)),
    )
    yield "a record to json", point, _POINT, JSON, Literal(json='{"x":1,"y":2}')
    number = union(int=INT, string=STRING)
    yield "a plain value goes to its member", literal(5), INT, number, union_value("int", literal(5))
    yield "a union to a plain type", union_value("int", literal(5)), union(int=INT, float=FLOAT), FLOAT, literal(5.0)
    wider = union(string=STRING, float=FLOAT, int=INT)
    yield "a union to a wider union", union_value("int", literal(5)), number, wider, union_value("int", literal(5))
    moved = map_of(STRING, FLOAT)
    entries = Literal()
    entries.map.entries.add(key=literal("a"), value=literal(1))
    converted = Literal()
    converted.map.entries.add(key=literal("a"), value=literal(1.0))
    yield "values of a map", entries, map_of(STRING, INT), moved, converted
    hashed = literal(3)
    hashed.hash = "mine"
    yield "what is converted loses its hash", hashed, INT, FLOAT, literal(3.0)
    yield "what is of the same type keeps its hash", hashed, INT, nullable(INT), hashed
    csv, other = Literal(), Literal()
    csv.file.uri, csv.file.format = "memory://a", "csv"
    other.file.uri, other.file.format = "memory://a", "json"
    yield "a file of unknown format to one of its format", csv, file_type(""), file_type("csv"), csv
    yield "a file of another format is refused", other, file_type(""), file_type("csv"), None
