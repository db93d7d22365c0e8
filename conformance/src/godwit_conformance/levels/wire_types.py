"""Types that are valid, and bytes that are none."""

from collections.abc import Iterator

from godwitidl.core.v1.values_pb2 import Type

from godwit_conformance.samples import (
    BOOL,
    DATE,
    FLOAT,
    INT,
    JSON,
    STRING,
    directory_type,
    enum,
    file_type,
    list_of,
    literal,
    map_of,
    nullable,
    record,
    set_of,
    table_type,
    tuple_of,
    union,
)


def good_types() -> Iterator[tuple[str, Type]]:
    """Yield valid types, beside those of the golden vectors."""
    yield "record with fields not in order of names", record("Point", y=INT, x=FLOAT, a=STRING)
    yield "record without a name", record("", x=INT)
    yield "record without fields", record("Nothing")
    filled = record("Settings", rate=FLOAT, name=STRING, steps=nullable(INT), tags=list_of(STRING))
    for field, value in zip(
        filled.record.fields, (literal(0.1), literal("a"), literal(None), literal([])), strict=True
    ):
        field.default_value.CopyFrom(value)
    yield "record with defaults", filled
    described = record("Described", x=INT)
    described.record.description, described.record.fields[0].description = "What it is.", "How much."
    yield "record with descriptions", described
    yield "record in a record", record("Outer", inner=record("Inner", x=INT), all=list_of(record("Inner", x=INT)))
    yield "enum with symbols not in order", enum("Color", "RED", "GREEN", "BLUE")
    yield "enum without a name", enum("", "b", "a")
    yield "union of simple types", union(string=STRING, int=INT)
    yield "union of records", union(Dog=record("Dog", x=INT), Cat=record("Cat", x=INT))
    yield "union that may be none", nullable(union(int=INT, string=STRING))
    yield "union with tags of its own", union(celsius=FLOAT, fahrenheit=FLOAT)
    yield "list of nullable lists", list_of(nullable(list_of(nullable(INT))))
    yield "tuple of nothing", tuple_of()
    yield "tuple of three", tuple_of(INT, nullable(STRING), list_of(BOOL))
    yield "set of tuples", set_of(tuple_of(INT, DATE))
    yield "map by enum", map_of(enum("Color", "RED"), JSON)
    yield "file with a format", file_type("tar.gz")
    yield "directory with a format", directory_type("sklearn.skops")
    yield "table with columns not in order", table_type("parquet", b=INT, a=nullable(STRING))
    yield "table of any kind", table_type("")
    deep = INT
    for _ in range(29):
        deep = list_of(deep)
    yield "list nested 30 deep", deep


def bad_types() -> Iterator[tuple[str, bytes]]:
    """Yield bytes that are no valid type."""
    yield "nothing", b""
    yield "truncated", list_of(list_of(INT)).SerializeToString()[:-1]
    yield "random bytes", b"\xff\xff\xff\xff"
    yield "simple type 0", b"\x08\x00"
    yield "simple type of a newer writer", b"\x08\x63"
    yield "kind of a newer writer", b"\x7a\x00"
    bad = {
        "list without item": list_of(Type()),
        "enum without symbols": enum("Color"),
        "enum with a symbol twice": enum("Color", "RED", "RED"),
        "union of one": union(int=INT),
        "union with a nullable member": union(int=nullable(INT), string=STRING),
        "union in a union": union(int=INT, other=union(bool=BOOL, string=STRING)),
        "map by float": map_of(FLOAT, INT),
        "map by list": map_of(list_of(INT), INT),
        "set of nullable": set_of(nullable(INT)),
        "nullable json": nullable(JSON),
    }
    for name, of in bad.items():
        yield name, of.SerializeToString()
    twice = Type()
    twice.record.fields.add(name="x", type=INT)
    twice.record.fields.add(name="x", type=STRING)
    yield "record with a field twice", twice.SerializeToString()
    tags = Type()
    tags.union.members.add(tag="a", type=INT)
    tags.union.members.add(tag="a", type=STRING)
    yield "union with a tag twice", tags.SerializeToString()
    wrong = record("Wrong", x=INT)
    wrong.record.fields[0].default_value.CopyFrom(literal("a"))
    yield "default of another type", wrong.SerializeToString()
    deep = INT
    for _ in range(30):
        deep = list_of(deep)
    yield "list nested 31 deep", deep.SerializeToString()
