"""Literals that can be decoded, and are no values of their type."""

from collections.abc import Iterator

from godwitidl.core.v1.values_pb2 import Literal, Type

from godwit_conformance.levels.wire_literals import Sample
from godwit_conformance.samples import (
    BOOL,
    BYTES,
    DATE,
    DATETIME,
    DECIMAL,
    DURATION,
    ERROR,
    FLOAT,
    INT,
    JSON,
    STRING,
    UUID,
    enum,
    file_type,
    list_of,
    literal,
    map_of,
    record,
    record_value,
    set_of,
    tuple_of,
    union,
    union_value,
)


def wrong_values() -> Iterator[Sample]:
    """Yield literals that are no values of their types."""
    for name, of, value in [*_simple(), *_of_parts()]:
        yield Sample.of(name, of, value)


def _simple() -> Iterator[tuple[str, Type, Literal]]:
    yield "none where there must be one", INT, literal(None)
    yield "int as float", FLOAT, literal(1)
    yield "float as int", INT, literal(1.0)
    yield "bool as int", INT, literal(value=True)
    yield "int as bool", BOOL, literal(1)
    yield "text as int", INT, literal("1")
    yield "text as bytes", BYTES, literal("a")
    yield "bytes as text", STRING, literal(b"a")
    yield "decimal as float", FLOAT, Literal(decimal="1")
    for text in ("1e5", "01", ".5", "1.", "+1", "NaN", "Infinity", "", "1,5", "100E+3", "\u0661"):
        yield f"decimal {text or 'empty'!r}".replace("'", ""), DECIMAL, Literal(decimal=text)
    for text in ("2023-02-29", "2024-2-01", "0000-01-01", "20240229", "", "2024-02-29T00:00"):
        yield f"date {text or 'empty'}", DATE, Literal(date=text)
    for text in ("", "x", "00112233-4455-6677-8899-AABBCCDDEEFF", "00112233445566778899aabbccddeeff"):
        yield f"uuid {text or 'empty'}", UUID, Literal(uuid=text)
    texts = {
        "empty": "",
        "NaN": "NaN",
        "trailing comma": "[1,]",
        "name twice": '{"a":1,"a":2}',
        "number beyond binary64": "1e400",
        "comment": "// a\n1",
        "single quotes": "'a'",
        "lone surrogate": '"\\ud800"',
        "nested 129 deep": "[" * 129 + "]" * 129,
    }
    for name, text in texts.items():
        yield f"json {name}", JSON, Literal(json=text)
    for name, (seconds, nanos, offset, zone) in {
        "datetime before the first year": (-62_135_596_801, 0, 0, ""),
        "datetime after the last year": (253_402_300_800, 0, 0, ""),
        "datetime with negative nanoseconds": (0, -1, 0, ""),
        "datetime with an offset of a day": (0, 0, 86_400, ""),
        "datetime with a zone and no offset": (0, 0, None, "Europe/Berlin"),
    }.items():
        made = Literal()
        made.datetime.time.SetInParent()
        made.datetime.time.seconds, made.datetime.time.nanos, made.datetime.zone = seconds, nanos, zone
        if offset is not None:
            made.datetime.offset_seconds = offset
        yield name, DATETIME, made
    absent = Literal()
    absent.datetime.offset_seconds = 0
    yield "datetime without a time", DATETIME, absent
    for name, (seconds, nanos) in {
        "duration of two signs": (1, -1),
        "duration too long": (315_576_000_001, 0),
        "duration with too many nanoseconds": (0, 1_000_000_000),
    }.items():
        made = Literal()
        made.duration.seconds, made.duration.nanos = seconds, nanos
        yield name, DURATION, made
    error = Literal()
    error.error.code, error.error.message = "X", "without blame"
    yield "error without blame", ERROR, error


def _of_parts() -> Iterator[tuple[str, Type, Literal]]:
    color = enum("Color", "RED", "GREEN")
    yield "symbol that the enum lacks", color, literal("BLUE")
    yield "symbol in another case", color, literal("red")
    yield "item of another type", list_of(INT), literal([1, "a"])
    yield "none among items", list_of(INT), literal([1, None])
    floats = Literal()
    floats.floats.items.append(1.0)
    yield "packed floats as ints", list_of(INT), floats
    yield "list as set", set_of(INT), literal([1])
    yield "tuple of too few", tuple_of(INT, INT), literal([1])
    yield "tuple of too many", tuple_of(INT, INT), literal([1, 2, 3])
    twice = Literal()
    twice.set.items.extend([literal(1), literal(1)])
    yield "element twice in a set", set_of(INT), twice
    keys = Literal()
    keys.map.entries.add(key=literal("a"), value=literal(1))
    keys.map.entries.add(key=literal("a"), value=literal(2))
    yield "key twice in a map", map_of(STRING, INT), keys
    other = Literal()
    other.map.entries.add(key=literal(1), value=literal(1))
    yield "key of another type", map_of(STRING, INT), other
    point = record("Point", x=INT, y=INT)
    yield "record without a field", point, record_value(x=literal(1))
    yield "record with a field too many", point, record_value(x=literal(1), y=literal(2), z=literal(3))
    yield "record with a field of another type", point, record_value(x=literal(1), y=literal(2.0))
    field_twice = record_value(x=literal(1), y=literal(2))
    field_twice.record.fields.add(name="x", value=literal(3))
    yield "record with a field twice", point, field_twice
    number = union(int=INT, string=STRING)
    yield "tag that the union lacks", number, union_value("float", literal(1.0))
    yield "value of another member than the tag says", number, union_value("int", literal("a"))
    yield "value of a union without a tag", number, literal(1)
    csv = Literal()
    csv.file.uri, csv.file.format = "memory://a", "json"
    yield "file of another format", file_type("csv"), csv
    nowhere = Literal()
    nowhere.file.name = "a"
    yield "file that is nowhere", file_type(""), nowhere
    digest = Literal()
    digest.file.uri, digest.file.digest = "memory://a", "md5:00"
    yield "file with a digest of another form", file_type(""), digest
    deep_type, deep = INT, literal(1)
    for _ in range(30):
        nested = Literal()
        nested.list.items.append(deep)
        deep = nested
        deep_type = list_of(deep_type) if _ < 29 else deep_type
    yield "list nested deeper than its type", deep_type, deep
