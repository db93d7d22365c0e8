"""Values of expressions."""

import pytest
from godwit_core.compiler.evaluation import EvaluationError, evaluate
from godwitidl.core.v1.expression_pb2 import Expression
from godwitidl.core.v1.values_pb2 import DataRef, Literal
from godwitidl.rules.rendering import render_literal
from google.protobuf.json_format import ParseDict

POINT = {"record": {"fields": [{"name": "x", "value": {"intValue": "3"}}, {"name": "y", "value": {"none": {}}}]}}
VALUES = {
    "point": POINT,
    "numbers": {"ints": {"items": ["5", "6", "7"]}},
    "shares": {"floats": {"items": [0.5, "NaN"]}},
    "words": {"list": {"items": [{"stringValue": "a"}, {"stringValue": "b"}]}},
    "gaps": {"list": {"items": [{"intValue": "1"}, {"none": {}}, {"intValue": "2"}]}},
    "table": {"map": {"entries": [{"key": {"stringValue": "a"}, "value": {"intValue": "1"}}]}},
    "pairs": {"set": {"items": [{"list": {"items": [{"intValue": "1"}, {"stringValue": "a"}]}}]}},
    "none": {"none": {}},
    "big": {"reference": {"uri": "file:///b", "sizeBytes": "99", "digest": "AAAA"}},
}


def ref(name):
    return {"workflowInput": name}


def lit(**value):
    return {"literal": value}


def number(value):
    return lit(intValue=str(value))


def compared(left, right, operator):
    return {"comparison": {"operator": f"COMPARISON_OPERATOR_{operator}", "left": left, "right": right}}


def look_up(reference):
    assert reference.WhichOneof("kind") == "workflow_input"
    return ParseDict(VALUES[reference.workflow_input], Literal())


def value_of(expression, **more):
    return evaluate(ParseDict(expression, Expression()), look_up, **more)


def access(of, *steps):
    return {"access": {"of": ref(of), "steps": list(steps)}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (ref("numbers"), "[5, 6, 7]"),
        (access("point", {"field": "x"}), "3"),
        (access("numbers", {"index": "0"}), "5"),
        (access("numbers", {"index": "-1"}), "7"),
        (access("shares", {"index": "-2"}), "0.5"),
        (access("words", {"index": "1"}), "'b'"),
        (access("table", {"key": {"stringValue": "a"}}), "1"),
        ({"list": {"items": [ref("none"), number(1)]}}, "[none, 1]"),
        ({"map": {"entries": [{"key": {"stringValue": "k"}, "value": ref("numbers")}]}}, "{'k': [5, 6, 7]}"),
        ({"isNull": ref("none")}, "true"),
        ({"isNull": ref("big")}, "false"),
        ({"negation": {"isNull": ref("none")}}, "false"),
        ({"coalesce": {"items": [ref("none"), number(4), number(5)]}}, "4"),
        ({"coalesce": {"items": [ref("none"), ref("none")]}}, "none"),
        ({"dropNone": ref("gaps")}, "[1, 2]"),
        ({"membership": {"value": number(6), "container": ref("numbers")}}, "true"),
        ({"membership": {"value": number(9), "container": ref("gaps")}}, "false"),
        ({"membership": {"value": lit(floatValue="NaN"), "container": ref("shares")}}, "false"),
        ({"membership": {"value": lit(stringValue="a"), "container": ref("table")}}, "true"),
        (
            {
                "membership": {
                    "value": lit(list={"items": [{"intValue": "1"}, {"stringValue": "a"}]}),
                    "container": ref("pairs"),
                }
            },
            "true",
        ),
        ({"allOf": {"items": [lit(boolValue=False), access("numbers", {"index": "9"})]}}, "false"),
        ({"anyOf": {"items": [lit(boolValue=True), access("numbers", {"index": "9"})]}}, "true"),
    ],
)
def test_value(expression, expected):
    assert render_literal(value_of(expression)) == expected


def instant(time, **more):
    return lit(datetime={"time": time, **more})


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        (number(2**53 + 1), lit(floatValue=2.0**53), ">"),
        (number(1), lit(floatValue=1.0), "="),
        (lit(decimal="1.00"), number(1), "="),
        (lit(decimal="0.1"), lit(decimal="0.10"), "="),
        (lit(floatValue="-Infinity"), number(-(2**63)), "<"),
        (lit(floatValue="NaN"), lit(floatValue="NaN"), "?"),
        (lit(stringValue="｡"), lit(stringValue="😀"), "<"),
        (lit(date="2024-12-31"), lit(date="2025-01-01"), "<"),
        (lit(duration="-1.5s"), lit(duration="-1s"), "<"),
        (instant("2024-01-01T10:00:00Z", offsetSeconds=7200), instant("2024-01-01T10:00:00Z", offsetSeconds=0), "="),
        (instant("2024-01-01T10:00:00Z"), instant("2024-01-01T10:00:00.5Z"), "<"),
        (lit(bytesValue="/w=="), lit(bytesValue="AA=="), ">"),
        (lit(boolValue=True), lit(boolValue=True), "="),
    ],
)
def test_comparison(left, right, order):
    expected = {
        "EQUAL": order == "=",
        "NOT_EQUAL": order != "=",
        "LESS": order == "<",
        "LESS_OR_EQUAL": order in "<=",
        "GREATER": order == ">",
        "GREATER_OR_EQUAL": order in ">=",
    }
    assert {name: value_of(compared(left, right, name)).bool_value for name in expected} == expected


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (access("numbers", {"index": "3"}), "INDEX_OUT_OF_RANGE"),
        (access("words", {"index": "-3"}), "INDEX_OUT_OF_RANGE"),
        (access("table", {"key": {"stringValue": "z"}}), "KEY_MISSING"),
        (access("point", {"field": "z"}), "FIELD_MISSING"),
        (
            compared(instant("2024-01-01T10:00:00Z"), instant("2024-01-01T10:00:00Z", offsetSeconds=0), "LESS"),
            "NOT_COMPARABLE",
        ),
        (
            compared(instant("2024-01-01T10:00:00Z"), instant("2024-01-01T10:00:00Z", offsetSeconds=0), "EQUAL"),
            "NOT_COMPARABLE",
        ),
        (compared(lit(), number(1), "LESS"), "NOT_COMPARABLE"),
        ({}, "VALUE_UNKNOWN"),
        (access("point", {}), "VALUE_UNKNOWN"),
        ({"record": {"type": {"fields": [{"name": "x"}]}}}, "FIELD_MISSING"),
    ],
)
def test_failure(expression, code):
    with pytest.raises(EvaluationError) as caught:
        value_of(expression)
    assert caught.value.code == code


def test_a_record_takes_defaults_of_its_type_in_the_order_of_its_type():
    fields = [{"name": "a", "defaultValue": {"intValue": "1"}}, {"name": "b"}]
    literal = value_of({"record": {"type": {"fields": fields}, "fields": [{"name": "b", "value": number(2)}]}})
    assert [(field.name, field.value.int_value) for field in literal.record.fields] == [("a", 1), ("b", 2)]


def test_a_part_of_an_offloaded_value_is_loaded_or_refused_with_the_reference():
    expression = access("big", {"index": "1"})
    with pytest.raises(EvaluationError) as caught:
        value_of(expression)
    assert (caught.value.code, caught.value.reference.uri) == ("VALUE_OFFLOADED", "file:///b")

    def load(reference):
        assert isinstance(reference, DataRef)
        return ParseDict(VALUES["numbers"], Literal())

    assert value_of(expression, load=load).int_value == 6


def test_what_is_only_passed_on_is_not_loaded():
    literal = value_of({"list": {"items": [ref("big"), ref("none")]}})
    assert literal.list.items[0].reference.uri == "file:///b"
