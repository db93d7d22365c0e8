import pytest
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.rendering import render_literal, render_type
from google.protobuf import json_format

INT = {"simple": "SIMPLE_TYPE_INT"}
STRING = {"simple": "SIMPLE_TYPE_STRING"}


@pytest.mark.parametrize(
    ("of", "text"),
    [
        (INT, "int"),
        ({**INT, "nullable": True}, "int?"),
        ({"list": {"item": INT}}, "list<int>"),
        ({"tuple": {"items": [INT, STRING]}}, "tuple<int, string>"),
        ({"set": {"item": INT}}, "set<int>"),
        ({"map": {"key": STRING, "value": INT}}, "map<string, int>"),
        ({"enum": {"name": "Color", "symbols": ["red"]}}, "Color"),
        ({"enum": {"symbols": ["red", "blue"]}}, "enum<red, blue>"),
        ({"record": {"name": "Point", "fields": [{"name": "x", "type": INT}]}}, "Point"),
        ({"record": {"fields": [{"name": "x", "type": INT}]}}, "record<x: int>"),
        (
            {"union": {"members": [{"tag": "a", "type": INT}, {"tag": "b", "type": STRING}]}, "nullable": True},
            "(int | string)?",
        ),
        ({"file": {}}, "file"),
        ({"file": {"format": "csv"}}, "file<csv>"),
        ({"directory": {}}, "directory"),
        ({"table": {"format": "parquet", "columns": [{"name": "a", "type": INT}]}}, "table<parquet; a: int>"),
        ({}, "unknown"),
    ],
)
def test_a_type_as_text(of, text):
    assert render_type(json_format.ParseDict(of, Type())) == text


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ({"none": {}}, "none"),
        ({"boolValue": True}, "true"),
        ({"intValue": "-3"}, "-3"),
        ({"stringValue": "it's"}, '"it\'s"'),
        ({"bytesValue": "AAA="}, "2 bytes"),
        ({"duration": "-0.000001s"}, "-0.000001s"),
        (
            {"datetime": {"time": "2024-10-27T01:30:00.5Z", "offsetSeconds": 3600, "zone": "Europe/Berlin"}},
            "2024-10-27T02:30:00.500+01:00[Europe/Berlin]",
        ),
        ({"datetime": {"time": "2024-10-27T01:30:00Z", "offsetSeconds": 0}}, "2024-10-27T01:30:00Z"),
        ({"datetime": {"time": "0099-10-27T01:30:00Z"}}, "0099-10-27T01:30:00"),
        ({"ints": {"items": ["1", "2"]}}, "[1, 2]"),
        ({"map": {"entries": [{"key": {"stringValue": "a"}, "value": {"intValue": "1"}}]}}, "{'a': 1}"),
        ({"record": {"fields": [{"name": "x", "value": {"intValue": "1"}}]}}, "(x=1)"),
        ({"union": {"tag": "int", "value": {"intValue": "1"}}}, "1"),
        ({}, "no value"),
    ],
)
def test_a_value_as_text(literal, text):
    assert render_literal(json_format.ParseDict(literal, Literal())) == text


def test_a_long_value_is_cut():
    literal = Literal()
    literal.ints.items.extend(range(100_000))
    text = render_literal(literal, limit=20)
    assert text == "[0, 1, 2, 3, 4, 5, …"
