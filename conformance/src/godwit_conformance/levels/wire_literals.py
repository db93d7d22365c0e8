"""Valid literals with their types: every kind, at its edges."""

from collections.abc import Iterator
from typing import NamedTuple

from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, BLAME_USER, RETRY_ALLOWED, RETRY_FORBIDDEN
from godwitidl.core.v1.values_pb2 import Literal, Type

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
    directory_type,
    enum,
    file_type,
    list_of,
    literal,
    map_of,
    nullable,
    record,
    record_value,
    set_of,
    table_type,
    tuple_of,
    union,
    union_value,
)

_COLOR = enum("Color", "RED", "GREEN", "BLUE")
_POINT = record("Point", y=INT, x=INT, a=STRING)
_DIGEST = "sha256:" + "0a" * 32


class Sample(NamedTuple):
    """A literal with its type.

    Attributes:
        name: path of the case below its group.
        type: the type.
        literal: what is sent.
        meaning: what it means: the literal itself, where it is not given.
    """

    name: str
    type: Type
    literal: Literal
    meaning: Literal

    @classmethod
    def of(cls, name: str, type_: Type, sent: Literal, meaning: Literal | None = None) -> "Sample":
        """Return a sample that means itself, or *meaning*."""
        return cls(name, type_, sent, sent if meaning is None else meaning)


def samples() -> Iterator[Sample]:
    """Yield valid literals of every kind."""
    yield from _numbers()
    yield from _texts()
    yield from _times()
    yield from _json()
    yield from _errors()
    yield from _lists()
    yield from _sets_and_maps()
    yield from _records()
    yield from _unions()
    yield from _places()


def _numbers() -> Iterator[Sample]:
    yield Sample.of("bool/true", BOOL, literal(value=True))
    yield Sample.of("bool/false", BOOL, literal(value=False))
    edges = {"zero": 0, "minus one": -1, "largest": 2**63 - 1, "smallest": -(2**63), "beyond binary64": 2**53 + 1}
    for name, number in edges.items():
        yield Sample.of(f"int/{name}", INT, literal(number))
    floats = {
        "half": 0.5,
        "whole": 3.0,
        "zero": 0.0,
        "minus zero": -0.0,
        "smallest": 5e-324,
        "largest": 1.7976931348623157e308,
        "third": 1 / 3,
        "infinity": float("inf"),
        "minus infinity": float("-inf"),
        "nan": float("nan"),
    }
    for name, value in floats.items():
        yield Sample.of(f"float/{name}", FLOAT, literal(value))
    for text in ("0", "1.00", "-1.5", "1E+5", "0E+3", "0.000001", "1E-7", "123456789012345678901234567890.123456789"):
        yield Sample.of(f"decimal/{text}", DECIMAL, Literal(decimal=text))
    yield Sample.of("decimal/minus zero", DECIMAL, Literal(decimal="-0.00"))
    yield Sample.of("nullable int/none", nullable(INT), literal(None))
    yield Sample.of("nullable int/zero", nullable(INT), literal(0))
    yield Sample.of("nullable bool/false", nullable(BOOL), literal(value=False))


def _texts() -> Iterator[Sample]:
    texts = {
        "empty": "",
        "ascii": "text",
        "zero character": "a\0b",
        "combining": "e\u0301",
        "composed": "\u00e9",
        "beyond 16 bits": "\U0001f600",
        "line ends": "a\r\nb\rc\n",
        "long": "x" * 60_000,
        "right to left": "\u202e\u05d0\u05d1",
    }
    for name, text in texts.items():
        yield Sample.of(f"string/{name}", STRING, literal(text))
    yield Sample.of("nullable string/empty is not none", nullable(STRING), literal(""))
    for name, data in {"empty": b"", "all": bytes(range(256)), "zeros": b"\0" * 10}.items():
        yield Sample.of(f"bytes/{name}", BYTES, literal(data))
    for symbol in _COLOR.enum.symbols:
        yield Sample.of(f"enum/{symbol}", _COLOR, literal(symbol))
    for name, text in {"zeros": "0" * 8, "letters": "ffffffff"}.items():
        rest = "-".join((text[:4], text[:4], text[:4], text + text[:4]))
        yield Sample.of(f"uuid/{name}", UUID, Literal(uuid=f"{text}-{rest}"))


def _times() -> Iterator[Sample]:
    for text in ("2024-02-29", "0001-01-01", "9999-12-31", "1969-12-31"):
        yield Sample.of(f"date/{text}", DATE, Literal(date=text))
    day = 1_717_236_000  # 2024-06-01T10:00:00Z
    instants = {
        "utc": (day, 0, 0, ""),
        "epoch": (0, 0, 0, ""),
        "microseconds": (day, 123_456_000, 0, ""),
        "before 1970": (-1, 999_999_000, 0, ""),
        "fixed offset": (day, 0, 19_800, ""),
        "offset of seconds": (day, 0, -3_661, ""),
        "largest offset": (day, 0, 64_800, ""),
        "zone": (day, 0, 7_200, "Europe/Berlin"),
        "first hour of two": (1_729_987_200, 0, 7_200, "Europe/Berlin"),
        "second hour of two": (1_729_990_800, 0, 3_600, "Europe/Berlin"),
        "local": (day, 0, None, ""),
        "first": (-62_135_596_800, 0, 0, ""),
        "last": (253_402_300_799, 999_999_000, 0, ""),
        "nanoseconds": (day, 123_456_789, 0, ""),
    }
    for name, (seconds, nanos, offset, zone) in instants.items():
        made = Literal()
        made.datetime.time.SetInParent()
        made.datetime.time.seconds, made.datetime.time.nanos, made.datetime.zone = seconds, nanos, zone
        if offset is not None:
            made.datetime.offset_seconds = offset
        yield Sample.of(f"datetime/{name}", DATETIME, made)
    durations = {
        "zero": (0, 0),
        "microsecond": (0, 1_000),
        "minus microsecond": (0, -1_000),
        "day and a half": (129_600, 500_000_000),
        "minus a second and a half": (-1, -500_000_000),
        "a hundred years": (3_155_760_000, 0),
        "nanosecond": (0, 1),
        "longest": (315_576_000_000, 0),
        "shortest": (-315_576_000_000, 0),
    }
    for name, (seconds, nanos) in durations.items():
        made = Literal()
        made.duration.SetInParent()
        made.duration.seconds, made.duration.nanos = seconds, nanos
        yield Sample.of(f"duration/{name}", DURATION, made)


def _json() -> Iterator[Sample]:
    texts = {
        "null": "null",
        "true": "true",
        "whole": "1",
        "float that is whole": "1.0",
        "beyond 64 bits": "123456789012345678901234567890",
        "minus zero": "-0.0",
        "exponent": "1e300",
        "text": '"a\\u00e9\\n"',
        "empty list": "[]",
        "empty object": "{}",
        "nested": '{"b": [1, 2.5, null, {"a": "x"}], "a": {}}',
        "surrogate pair": '"\\ud83d\\ude00"',
    }
    for name, text in texts.items():
        yield Sample.of(f"json/{name}", JSON, Literal(json=text))


def _errors() -> Iterator[Sample]:
    made = Literal()
    made.error.code, made.error.message = "USER_EXCEPTION", "it failed"
    made.error.blame, made.error.retry = BLAME_USER, RETRY_ALLOWED
    yield Sample.of("error/plain", ERROR, made)
    lost = Literal()
    lost.error.CopyFrom(made.error)
    lost.error.code, lost.error.node_path = "RUNNER_LOST", "a/b"
    lost.error.blame, lost.error.retry = BLAME_INFRASTRUCTURE, RETRY_FORBIDDEN
    yield Sample.of("error/blame and retry", ERROR, lost)


def _lists() -> Iterator[Sample]:
    yield Sample.of("list/empty", list_of(INT), literal([]))
    yield Sample.of("list/of ints", list_of(INT), literal([3, 1, 2]))
    yield Sample.of("list/of strings", list_of(STRING), literal(["b", "", "a"]))
    yield Sample.of("list/of lists", list_of(list_of(INT)), literal([[], [1], [2, 3]]))
    yield Sample.of("list/of nullable", list_of(nullable(INT)), literal([1, None, 2]))
    packed, floats, empty = Literal(), Literal(), Literal()
    packed.ints.items.extend([0, -1, 2**63 - 1, -(2**63)])
    yield Sample.of("list/packed ints", list_of(INT), packed)
    floats.floats.items.extend([0.5, -0.0, float("inf"), float("nan")])
    yield Sample.of("list/packed floats", list_of(FLOAT), floats)
    empty.ints.SetInParent()
    yield Sample.of("list/packed and empty", list_of(INT), empty)
    yield Sample.of("list/packed for nullable items", list_of(nullable(INT)), packed)
    yield Sample.of("list/many floats", list_of(FLOAT), literal([index / 7 for index in range(5_000)]))
    yield Sample.of("list/above the limit", list_of(INT), literal(list(range(30_000))))
    yield Sample.of("nullable list/none", nullable(list_of(INT)), literal(None))
    yield Sample.of("tuple/of two", tuple_of(INT, STRING), literal([1, "a"]))
    yield Sample.of("tuple/of none", tuple_of(), literal([]))
    yield Sample.of("tuple/of one", tuple_of(list_of(INT)), literal([[1]]))
    deep_type, deep = INT, literal(1)
    for _ in range(28):
        deep_type, nested = list_of(deep_type), Literal()
        nested.list.items.append(deep)
        deep = nested
    yield Sample.of("list/nested 29 deep", deep_type, deep)


def _sets_and_maps() -> Iterator[Sample]:
    def set_value(*items: Literal) -> Literal:
        made = Literal()
        made.set.SetInParent()
        made.set.items.extend(items)
        return made

    def map_value(*entries: tuple[Literal, Literal]) -> Literal:
        made = Literal()
        made.map.SetInParent()
        for key, value in entries:
            made.map.entries.add(key=key, value=value)
        return made

    yield Sample.of("set/empty", set_of(INT), set_value())
    yield Sample.of("set/of ints", set_of(INT), set_value(literal(3), literal(1), literal(2)))
    yield Sample.of("set/of texts", set_of(STRING), set_value(literal("b"), literal("a"), literal("aa")))
    yield Sample.of("set/of enums", set_of(_COLOR), set_value(literal("RED"), literal("BLUE")))
    yield Sample.of("set/of tuples", set_of(tuple_of(INT, STRING)), set_value(literal([1, "a"]), literal([1, "b"])))
    texts = map_of(STRING, INT)
    yield Sample.of("map/empty", texts, map_value())
    yield Sample.of("map/of texts", texts, map_value((literal("b"), literal(1)), (literal("a"), literal(2))))
    yield Sample.of(
        "map/of ints", map_of(INT, STRING), map_value((literal(-1), literal("a")), (literal(0), literal("b")))
    )
    yield Sample.of("map/of bools", map_of(BOOL, INT), map_value((literal(value=True), literal(1))))
    yield Sample.of("map/of dates", map_of(DATE, INT), map_value((Literal(date="2024-02-29"), literal(1))))
    yield Sample.of("map/of tuples", map_of(tuple_of(INT, INT), INT), map_value((literal([1, 2]), literal(3))))
    nested = map_value((literal("a"), map_value((literal("b"), literal(1)))))
    yield Sample.of("map/of maps", map_of(STRING, texts), nested)
    yield Sample.of("map/of nullable", map_of(STRING, nullable(INT)), map_value((literal("a"), literal(None))))


def _records() -> Iterator[Sample]:
    point = record_value(y=literal(1), x=literal(2), a=literal("p"))
    yield Sample.of("record/fields not in order of names", _POINT, point)
    shuffled = record_value(a=literal("p"), x=literal(2), y=literal(1))
    yield Sample.of("record/fields in another order", _POINT, shuffled, point)
    yield Sample.of("record/empty", record("Nothing"), record_value())
    line = record("Line", points=list_of(_POINT), color=nullable(_COLOR))
    value = Literal()
    value.list.items.extend([point, point])
    yield Sample.of("record/nested", line, record_value(points=value, color=literal("RED")))
    yield Sample.of("record/with a none", line, record_value(points=literal([]), color=literal(None)))
    wide = record("Wide", **{f"field_{index}": INT for index in range(60)})
    yield Sample.of("record/wide", wide, record_value(**{f"field_{index}": literal(index) for index in range(60)}))
    filled = record("Filled", x=INT)
    filled.record.fields[0].default_value.CopyFrom(literal(3))
    yield Sample.of("record/with a default that is not used", filled, record_value(x=literal(4)))


def _unions() -> Iterator[Sample]:
    plain = union(int=INT, string=STRING, float=FLOAT)
    yield Sample.of("union/int", plain, union_value("int", literal(1)))
    yield Sample.of("union/string", plain, union_value("string", literal("1")))
    yield Sample.of("union/float that is whole", plain, union_value("float", literal(1.0)))
    cat, dog = record("Cat", name=STRING), record("Dog", name=STRING)
    pets = union(Cat=cat, Dog=dog)
    yield Sample.of("union/first of two alike", pets, union_value("Cat", record_value(name=literal("Tom"))))
    yield Sample.of("union/second of two alike", pets, union_value("Dog", record_value(name=literal("Rex"))))
    yield Sample.of("union/none", nullable(plain), literal(None))
    yield Sample.of("union/bool is no int", union(bool=BOOL, int=INT), union_value("bool", literal(value=True)))
    tagged = union(celsius=FLOAT, fahrenheit=FLOAT)
    yield Sample.of("union/tags of one type", tagged, union_value("fahrenheit", literal(20.0)))
    of_lists = Type()
    of_lists.union.members.add(tag="list<int>", type=list_of(INT))
    of_lists.union.members.add(tag="int", type=INT)
    yield Sample.of("union/of a list", of_lists, union_value("list<int>", literal([1, 2])))
    in_list = Literal()
    in_list.list.items.extend([union_value("int", literal(1)), union_value("string", literal("a"))])
    yield Sample.of("union/in a list", list_of(plain), in_list)


def _places() -> Iterator[Sample]:
    file = Literal()
    file.file.uri, file.file.name, file.file.format = "memory://folder/a.csv", "a.csv", "csv"
    file.file.size_bytes, file.file.digest = 12, _DIGEST
    yield Sample.of("file/with all", file_type("csv"), file)
    yield Sample.of("file/of any format", file_type(""), file)
    bare = Literal()
    bare.file.uri = "memory://folder/a"
    yield Sample.of("file/with its place alone", file_type(""), bare)
    folder = Literal()
    folder.directory.uri, folder.directory.format, folder.directory.digest = "memory://folder", "model", _DIGEST
    folder.directory.size_bytes, folder.directory.file_count = 12, 2
    yield Sample.of("directory/with all", directory_type("model"), folder)
    table = Literal()
    table.table.uri, table.table.format, table.table.digest = "memory://t.parquet", "parquet", _DIGEST
    table.table.row_count, table.table.size_bytes = 3, 100
    table.table.columns.add(name="b", type=INT)
    table.table.columns.add(name="a", type=nullable(STRING))
    yield Sample.of("table/with columns", table_type("parquet", b=INT), table)
    yield Sample.of("table/of any columns", table_type(""), table)
    files = Literal()
    files.list.items.extend([file, bare])
    yield Sample.of("file/in a list", list_of(file_type("")), files)
