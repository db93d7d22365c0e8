import re

import pytest
from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, NamedLiterals, Type
from godwitidl.rules.validation import MAX_DEPTH, Problem, check_depth, check_literal, check_type
from google.protobuf import json_format


def simple(name):
    return {"simple": f"SIMPLE_TYPE_{name}"}


INT, FLOAT, STRING, JSON = map(simple, ["INT", "FLOAT", "STRING", "JSON"])
EITHER = {"union": {"members": [{"tag": "int", "type": INT}, {"tag": "string", "type": STRING}]}}


def parse_type(of):
    return json_format.ParseDict(of, Type())


def parse(literal):
    return json_format.ParseDict(literal, Literal())


def record(*fields):
    return {"record": {"name": "R", "fields": [{"name": name, "type": of} for name, of in fields]}}


def record_literal(**fields):
    return {"record": {"fields": [{"name": name, "value": value} for name, value in fields.items()]}}


def nested_type(depth):
    of = INT
    for _ in range(depth - 1):
        of = {"list": {"item": of}}
    return of


def nested_record(depth):
    of, literal = parse_type(INT), parse({"intValue": "1"})
    for _ in range(depth - 1):
        outer, outer_literal = Type(), Literal()
        outer.record.fields.add(name="f").type.CopyFrom(of)
        outer_literal.record.fields.append(NamedLiteral(name="f", value=literal))
        of, literal = outer, outer_literal
    return of, literal


@pytest.mark.parametrize(
    ("of", "message"),
    [
        ({}, "expected a type with a known kind"),
        ({"simple": "SIMPLE_TYPE_UNSPECIFIED"}, "expected a simple type"),
        ({**JSON, "nullable": True}, "null of its own"),
        (nested_type(31), "at most 30 deep"),
        ({"set": {"item": FLOAT}}, "keys and set elements"),
        ({"set": {"item": {**INT, "nullable": True}}}, "keys and set elements"),
        ({"map": {"key": {"tuple": {"items": [INT, JSON]}}, "value": INT}}, r"^\[key\]: expected a type for keys"),
        ({"enum": {}}, "with symbols"),
        ({"enum": {"symbols": ["a", "a"]}}, "'a' twice"),
        (record(("a", INT), ("a", INT)), "each field once"),
        (record(("@a", INT)), "do not begin with @"),
        (record(("a", record(("b", {})))), "^a.b: expected a type"),
        ({"union": {"members": [{"tag": "a", "type": INT}]}}, "two members"),
        ({"union": {"members": [{"tag": "a", "type": INT}] * 2}}, "each tag once"),
        (
            {"union": {"members": [{"tag": "a", "type": INT}, {"tag": "b", "type": {**INT, "nullable": True}}]}},
            "not nullable",
        ),
        ({"table": {"columns": [{"name": "a", "type": INT}] * 2}}, "each column once"),
        (
            {"record": {"fields": [{"name": "a", "type": FLOAT, "defaultValue": {"intValue": "1"}}]}},
            "^a: expected float, but int 1 came",
        ),
    ],
)
def test_what_is_no_type(of, message):
    problems = check_type(parse_type(of))
    assert any(re.search(message, problem.message) for problem in problems), problems


@pytest.mark.parametrize(
    "of",
    [
        nested_type(30),
        {"set": {"item": {"tuple": {"items": [INT, {"enum": {"symbols": ["a"]}}]}}}},
        {"tuple": {}},
        record(),
        {"file": {"format": "csv"}},
    ],
)
def test_what_is_a_type(of):
    assert check_type(parse_type(of)) == []


@pytest.mark.parametrize(
    ("literal", "of", "message"),
    [
        ({}, INT, "expected int, but a literal without a known kind came"),
        ({"intValue": "1"}, FLOAT, "expected float, but int 1 came"),
        ({"none": {}}, INT, "expected int, but none came"),
        ({"decimal": "1e5"}, simple("DECIMAL"), "expected a decimal number such as 1.00 or 1E+5, but 1e5 came"),
        ({"date": "2023-02-29"}, simple("DATE"), "but 2023-02-29 came"),
        ({"uuid": "X"}, simple("UUID"), "expected a UUID"),
        ({"json": '{"a":1,"a":2}'}, JSON, "expected JSON text"),
        ({"error": {"code": "A"}}, simple("ERROR"), "expected an error with code"),
        ({"datetime": {"time": "2024-01-01T00:00:00Z", "offsetSeconds": 70000}}, simple("DATETIME"), "within 18 hours"),
        ({"list": {"items": [{"intValue": "1"}, {}]}}, {"list": {"item": INT}}, r"[1]: expected int"),
        ({"floats": {"items": [1]}}, {"list": {"item": INT}}, "expected list<int>, but list [1.0] came"),
        ({"list": {}}, {"tuple": {"items": [INT]}}, "1 items, but 0 items came"),
        ({"set": {"items": [{"intValue": "1"}] * 2}}, {"set": {"item": INT}}, "each element once"),
        (
            {"map": {"entries": [{"key": {"stringValue": "k"}, "value": {"boolValue": True}}]}},
            {"map": {"key": STRING, "value": INT}},
            "['k']: expected int, but bool true came",
        ),
        ({"stringValue": "c"}, {"enum": {"symbols": ["a", "b"]}}, "expected one of a, b, but 'c' came"),
        (record_literal(a={"intValue": "1"}), record(("b", INT)), "b: expected the field of R, but nothing came"),
        (
            {"union": {"tag": "x", "value": {"intValue": "1"}}},
            {"union": {"members": [{"tag": "int", "type": INT}, {"tag": "string", "type": STRING}]}},
            "expected one of the tags int, string, but 'x' came",
        ),
        ({"file": {"uri": "x"}}, {"file": {"format": "csv"}}, "expected the format csv, but an unknown one came"),
        ({"file": {}}, {"file": {}}, "expected a uri"),
        ({"file": {"uri": "x", "name": "a/b"}}, {"file": {}}, "without folders"),
        ({"directory": {"uri": "x", "digest": "y"}}, {"directory": {}}, "a digest sha256:"),
        ({"table": {"uri": "x"}}, {"table": {}}, "a table with its format"),
        (
            {"table": {"uri": "x", "format": "parquet"}},
            {"table": {"columns": [{"name": "a", "type": INT}]}},
            "a: expected a column of int",
        ),
        ({"reference": {"uri": "x"}}, INT, "a digest of 32 bytes"),
        ({"reference": {"uri": "x", "digest": "A" * 43 + "=", "type": FLOAT}}, INT, "a reference to float"),
        ({"reference": {"uri": "x", "digest": "A" * 43 + "=", "type": {}}}, EITHER, "expected int | string"),
        ({"datetime": {}}, simple("DATETIME"), "expected a datetime of the years 1 to 9999"),
    ],
)
def test_what_is_no_value_of_the_type(literal, of, message):
    assert message in "\n".join(problem.message for problem in check_literal(parse(literal), parse_type(of)))


@pytest.mark.parametrize(
    ("literal", "of"),
    [
        ({"list": {}}, {"list": {"item": INT}}),
        ({"ints": {"items": ["1"]}}, {"list": {"item": INT}}),
        ({"ints": {"items": ["1"]}}, {"list": {"item": {**INT, "nullable": True}}}),
        ({"none": {}}, {**INT, "nullable": True}),
        (record_literal(b={"intValue": "1"}, a={"stringValue": ""}), record(("a", STRING), ("b", INT))),
        ({"reference": {"uri": "x", "digest": "A" * 43 + "="}}, {"list": {"item": INT}}),
        ({"reference": {"uri": "x", "digest": "A" * 43 + "=", "type": INT}}, FLOAT),
        ({"duration": "-315576000000s"}, simple("DURATION")),
        (
            {"table": {"uri": "x", "format": "parquet", "columns": [{"name": n, "type": INT} for n in "ab"]}},
            {"table": {"columns": [{"name": "b", "type": INT}]}},
        ),
    ],
)
def test_what_is_a_value_of_the_type(literal, of):
    assert check_literal(parse(literal), parse_type(of)) == []


def test_the_deepest_value_and_type_survive_the_wire():
    of, literal = nested_record(MAX_DEPTH)
    assert check_type(of) == []
    assert check_literal(literal, of) == []
    assert Type.FromString(of.SerializeToString()) == of
    inputs = NamedLiterals(values=[NamedLiteral(name="x", value=literal)])
    assert NamedLiterals.FromString(inputs.SerializeToString()) == inputs


def test_a_deeper_value_is_refused():
    _, literal = nested_record(MAX_DEPTH + 1)
    assert check_depth(literal) == [Problem("", "a value nested at most 30 deep", "a deeper one")]


def test_a_default_adds_to_the_depth_of_its_type():
    of, literal = nested_record(20)
    outer = Type()
    outer.record.fields.add(name="f").type.CopyFrom(of)
    for _ in range(11):
        inner, outer = outer, Type()
        outer.list.item.CopyFrom(inner)
    outer_field = outer
    while outer_field.HasField("list"):
        outer_field = outer_field.list.item
    outer_field.record.fields[0].default_value.CopyFrom(literal)
    assert "at most 30 deep" in check_type(outer)[0].message
