import pytest
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.castability import CastError, Level, castability, coerce
from google.protobuf import json_format


def simple(name):
    return {"simple": f"SIMPLE_TYPE_{name}"}


INT, FLOAT, DECIMAL, STRING, JSON, BOOL, BYTES = map(
    simple, ["INT", "FLOAT", "DECIMAL", "STRING", "JSON", "BOOL", "BYTES"]
)


def nullable(of):
    return {**of, "nullable": True}


def listing(item):
    return {"list": {"item": item}}


def record(*fields):
    return {"record": {"name": "R", "fields": list(fields)}}


def field(name, of=INT, default=None):
    return {"name": name, "type": of} | ({} if default is None else {"defaultValue": default})


def union(*members):
    return {"union": {"members": [{"tag": tag, "type": of} for tag, of in members]}}


def table(*columns, storage=""):
    return {"table": {"format": storage, "columns": [{"name": name, "type": of} for name, of in columns]}}


ENUM = {"enum": {"symbols": ["a", "b"]}}
LARGER = {"enum": {"symbols": ["b", "a", "c"]}}


def parse_type(of):
    return json_format.ParseDict(of, Type())


def parse(literal):
    return json_format.ParseDict(literal, Literal())


@pytest.mark.parametrize(
    ("source", "target", "level"),
    [
        (INT, INT, "SAME"),
        (INT, nullable(INT), "SAME"),
        (nullable(INT), INT, "NO"),
        (INT, FLOAT, "CHECKED"),
        (FLOAT, INT, "NO"),
        (BOOL, INT, "NO"),
        (INT, DECIMAL, "CONVERT"),
        (ENUM, STRING, "SAME"),
        (STRING, ENUM, "NO"),
        (ENUM, LARGER, "SAME"),
        (LARGER, ENUM, "NO"),
        (listing(INT), listing(FLOAT), "CHECKED"),
        (listing(nullable(INT)), listing(INT), "NO"),
        ({"tuple": {"items": [INT, FLOAT]}}, listing(FLOAT), "CHECKED"),
        (listing(INT), {"tuple": {"items": [INT]}}, "NO"),
        ({"set": {"item": INT}}, {"set": {"item": DECIMAL}}, "NO"),
        ({"set": {"item": ENUM}}, {"set": {"item": STRING}}, "SAME"),
        ({"set": {"item": INT}}, listing(INT), "NO"),
        ({"map": {"key": ENUM, "value": INT}}, {"map": {"key": STRING, "value": FLOAT}}, "CHECKED"),
        (record(field("a"), field("b")), record(field("b"), field("a")), "SAME"),
        (record(field("a"), field("b")), record(field("a")), "CONVERT"),
        (record(field("a")), record(field("a"), field("b", default={"intValue": "0"})), "CONVERT"),
        (record(field("a")), record(field("a"), field("b")), "NO"),
        (record(field("lr")), record(field("rate", default={"intValue": "0"})), "NO"),
        (simple("FLOAT"), JSON, "CHECKED"),
        (BYTES, JSON, "NO"),
        (listing(JSON), JSON, "CONVERT"),
        ({"map": {"key": INT, "value": INT}}, JSON, "NO"),
        (INT, union(("int", INT), ("float", FLOAT)), "CONVERT"),
        (INT, union(("float", FLOAT), ("decimal", DECIMAL)), "NO"),
        (INT, union(("float", FLOAT), ("string", STRING)), "CHECKED"),
        (union(("int", INT), ("string", STRING)), union(("string", STRING), ("int", INT)), "SAME"),
        (union(("int", INT), ("string", STRING)), union(("int", STRING), ("number", INT)), "NO"),
        (union(("int", INT), ("float", FLOAT)), FLOAT, "CHECKED"),
        (union(("int", INT), ("bytes", BYTES)), JSON, "NO"),
        ({"file": {"format": "csv"}}, {"file": {}}, "SAME"),
        ({"file": {}}, {"file": {"format": "csv"}}, "CHECKED"),
        ({"file": {"format": "csv"}}, {"file": {"format": "txt"}}, "NO"),
        (table(("a", INT), ("b", INT)), table(("b", INT)), "SAME"),
        (table(("a", INT)), table(("a", FLOAT)), "NO"),
        (table(), table(("a", INT)), "CHECKED"),
        (table(storage="parquet"), table(storage="arrow"), "NO"),
    ],
)
def test_the_level_of_a_pair(source, target, level):
    assert castability(parse_type(source), parse_type(target)) is Level[level]


@pytest.mark.parametrize(
    ("source", "target", "literal", "wanted"),
    [
        (INT, FLOAT, {"intValue": "3"}, {"floatValue": 3}),
        (listing(INT), listing(FLOAT), {"ints": {"items": ["1", "2"]}}, {"floats": {"items": [1, 2]}}),
        (nullable(INT), nullable(FLOAT), {"none": {}}, {"none": {}}),
        (INT, DECIMAL, {"intValue": "-7"}, {"decimal": "-7"}),
        (
            record(field("a"), field("b")),
            record(field("a", FLOAT)),
            {"record": {"fields": [{"name": n, "value": {"intValue": "1"}} for n in "ab"]}},
            {"record": {"fields": [{"name": "a", "value": {"floatValue": 1}}]}},
        ),
        (
            record(field("a", listing(JSON)), field("b", ENUM)),
            JSON,
            {
                "record": {
                    "fields": [
                        {"name": "a", "value": {"list": {"items": [{"json": "1.0"}, {"json": "null"}]}}},
                        {"name": "b", "value": {"stringValue": "é"}},
                    ]
                }
            },
            {"json": '{"a":[1.0,null],"b":"é"}'},
        ),
        (
            INT,
            union(("float", FLOAT), ("string", STRING)),
            {"intValue": "3"},
            {"union": {"tag": "float", "value": {"floatValue": 3}}},
        ),
        (
            union(("int", INT), ("float", FLOAT)),
            FLOAT,
            {"union": {"tag": "int", "value": {"intValue": "3"}}},
            {"floatValue": 3},
        ),
        (
            listing(INT),
            listing(FLOAT),
            {"reference": {"uri": "x"}},
            {"reference": {"uri": "x", "type": listing(INT)}},
        ),
        (
            {"file": {}},
            {"file": {"format": "csv"}},
            {"file": {"uri": "x", "format": "csv"}},
            {"file": {"uri": "x", "format": "csv"}},
        ),
    ],
)
def test_a_value_is_converted(source, target, literal, wanted):
    assert coerce(parse(literal), parse_type(source), parse_type(target)) == parse(wanted)


@pytest.mark.parametrize(
    ("source", "target", "literal", "message"),
    [
        (INT, FLOAT, {"intValue": str(2**53 + 1)}, "9007199254740993 is not exactly a float"),
        (FLOAT, JSON, {"floatValue": "NaN"}, "nan has no JSON"),
        (FLOAT, INT, {"floatValue": 1}, "float does not cast to int"),
        ({"file": {}}, {"file": {"format": "csv"}}, {"file": {"uri": "x"}}, "format 'csv' was expected"),
        (
            table(),
            table(("a", INT)),
            {"table": {"uri": "x", "columns": [{"name": "a", "type": FLOAT}]}},
            "column 'a' of int was expected",
        ),
        (listing(INT), JSON, {"reference": {"uri": "x"}}, "has no JSON"),
    ],
)
def test_a_value_that_does_not_cast_fails_loudly(source, target, literal, message):
    with pytest.raises(CastError, match=message):
        coerce(parse(literal), parse_type(source), parse_type(target))


def test_what_is_a_value_of_the_target_already_is_returned_itself():
    literal = parse({"intValue": "3", "hash": "h"})
    assert coerce(literal, parse_type(INT), parse_type(nullable(INT))) is literal
