import json

import pytest
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.value_json import JsonValueError, from_json, to_json
from google.protobuf import json_format


def simple(name):
    return {"simple": f"SIMPLE_TYPE_{name}"}


INT, FLOAT, STRING, JSON = map(simple, ["INT", "FLOAT", "STRING", "JSON"])
UNION = {
    "union": {
        "members": [
            {"tag": "int", "type": INT},
            {"tag": "float", "type": FLOAT},
            {"tag": "string", "type": STRING},
        ]
    }
}
RECORD = {
    "record": {
        "name": "Hyperparameters",
        "fields": [
            {"name": "rate", "type": FLOAT},
            {"name": "epochs", "type": INT, "defaultValue": {"intValue": "3"}},
        ],
    }
}


def parse_type(of):
    return json_format.ParseDict(of, Type())


def parse(literal):
    return json_format.ParseDict(literal, Literal())


@pytest.mark.parametrize(
    ("of", "literal", "value"),
    [
        (INT, {"intValue": str(2**53 - 1)}, 2**53 - 1),
        (INT, {"intValue": str(2**53)}, str(2**53)),
        (FLOAT, {"floatValue": "NaN"}, "NaN"),
        (FLOAT, {"floatValue": "-Infinity"}, "-Infinity"),
        (FLOAT, {"floatValue": 1}, 1.0),
        (simple("DECIMAL"), {"decimal": "1.00"}, "1.00"),
        (simple("BYTES"), {"bytesValue": "AP8="}, "AP8="),
        (simple("DATE"), {"date": "2024-02-29"}, "2024-02-29"),
        (
            simple("DATETIME"),
            {"datetime": {"time": "2024-10-27T01:30:00Z", "offsetSeconds": 3600, "zone": "Europe/Berlin"}},
            "2024-10-27T02:30:00+01:00[Europe/Berlin]",
        ),
        (simple("DATETIME"), {"datetime": {"time": "2024-10-27T01:30:00.000001Z"}}, "2024-10-27T01:30:00.000001"),
        (simple("DURATION"), {"duration": "-0.000001s"}, "-0.000001s"),
        (JSON, {"json": '{"a":[1,1.0,null]}'}, {"a": [1, 1.0, None]}),
        (JSON, {"json": '{"@json":1}'}, {"@json": {"@json": 1}}),
        ({**INT, "nullable": True}, {"none": {}}, None),
        ({"list": {"item": INT}}, {"ints": {"items": ["1", "2"]}}, [1, 2]),
        (
            {"map": {"key": STRING, "value": INT}},
            {"map": {"entries": [{"key": {"stringValue": "a"}, "value": {"intValue": "1"}}]}},
            {"a": 1},
        ),
        (
            {"map": {"key": STRING, "value": INT}},
            {"map": {"entries": [{"key": {"stringValue": "@json"}, "value": {"intValue": "1"}}]}},
            [["@json", 1]],
        ),
        (
            {"map": {"key": INT, "value": INT}},
            {"map": {"entries": [{"key": {"intValue": "1"}, "value": {"intValue": "2"}}]}},
            [[1, 2]],
        ),
        (UNION, {"union": {"tag": "int", "value": {"intValue": "1"}}}, {"tag": "int", "value": 1}),
        (
            {"file": {"format": "csv"}},
            {"file": {"uri": "s3://b/x", "name": "x", "format": "csv", "sizeBytes": "0"}},
            {"uri": "s3://b/x", "name": "x", "format": "csv", "size_bytes": 0},
        ),
        (INT, {"intValue": "1", "hash": "h"}, {"@hash": "h", "@value": 1}),
        (
            INT,
            {"reference": {"uri": "x", "sizeBytes": "9", "digest": "A" * 43 + "=", "type": INT}},
            {"@reference": {"uri": "x", "size_bytes": 9, "digest": "00" * 32, "type": INT}},
        ),
    ],
)
def test_a_value_has_one_json_and_comes_back(of, literal, value):
    written = to_json(parse(literal), parse_type(of))
    assert json.dumps(written) == json.dumps(value)
    assert from_json(written, parse_type(of)) == parse(literal)


@pytest.mark.parametrize(
    ("of", "value", "literal"),
    [
        (INT, "7", {"intValue": "7"}),
        (FLOAT, 7, {"floatValue": 7}),
        (FLOAT, "1e-3", {"floatValue": 0.001}),
        (simple("BOOL"), "true", {"boolValue": True}),
        (simple("DECIMAL"), "1e5", {"decimal": "1E+5"}),
        (simple("DECIMAL"), 3, {"decimal": "3"}),
        (simple("DATETIME"), "2024-02-29 12:30", {"datetime": {"time": "2024-02-29T12:30:00Z"}}),
        (simple("DATETIME"), "2024-02-29", {"datetime": {"time": "2024-02-29T00:00:00Z"}}),
        (simple("DURATION"), "1h 30m", {"duration": "5400s"}),
        (simple("DURATION"), "PT1M0.5S", {"duration": "60.5s"}),
        (simple("DURATION"), 0.1, {"duration": "0.1s"}),
        (
            simple("UUID"),
            "80000000000000000000000000000ABC",
            {"uuid": "80000000-0000-0000-0000-000000000abc"},
        ),
        ({"file": {"format": "csv"}}, "data/x.csv", {"file": {"uri": "data/x.csv", "name": "x.csv", "format": "csv"}}),
        ({"table": {}}, "x.parquet", {"table": {"uri": "x.parquet", "format": "parquet"}}),
        (
            {"map": {"key": INT, "value": INT}},
            {"1": 2},
            {"map": {"entries": [{"key": {"intValue": "1"}, "value": {"intValue": "2"}}]}},
        ),
        (
            RECORD,
            {"rate": 1},
            {
                "record": {
                    "fields": [
                        {"name": "rate", "value": {"floatValue": 1}},
                        {"name": "epochs", "value": {"intValue": "3"}},
                    ]
                }
            },
        ),
        (UNION, 1, {"union": {"tag": "int", "value": {"intValue": "1"}}}),
        (UNION, 1.5, {"union": {"tag": "float", "value": {"floatValue": 1.5}}}),
        (UNION, "1", {"union": {"tag": "string", "value": {"stringValue": "1"}}}),
        (JSON, None, {"json": "null"}),
    ],
)
def test_what_people_write_is_taken(of, value, literal):
    assert from_json(value, parse_type(of)) == parse(literal)


@pytest.mark.parametrize(
    ("of", "value", "message"),
    [
        (INT, 1.0, "expected int, but the number 1.0 came"),
        (INT, True, "expected int, but true came"),
        (INT, 2**63, "an integer of 64 bits"),
        (INT, None, "expected int, but null came"),
        (FLOAT, 2**53 + 1, "exactly a float"),
        (STRING, 3, "expected string, but the number 3 came"),
        (STRING, "\ud800", "expected string"),
        (simple("DECIMAL"), 0.1, 'as text, such as "1.00"'),
        (simple("BYTES"), "*", "base64"),
        (simple("BOOL"), [], "expected bool, but a list of 0 items came"),
        (simple("DATE"), "2023-02-29", "a date such as 2024-02-29"),
        (simple("DATETIME"), "2024-02-29T25:00:00Z", "ISO 8601"),
        (simple("DURATION"), "", "a duration such as"),
        (simple("DURATION"), 10**400, "a duration such as"),
        (simple("ERROR"), {}, "an error with code, message, blame and retry"),
        (JSON, float("nan"), "JSON without NaN"),
        (RECORD, {"rat": 1}, "but the field 'rat' came (did you mean 'rate'?)"),
        (RECORD, {}, "rate: expected the field of Hyperparameters, which has no default, but nothing came"),
        (RECORD, {"rate": 1, "epochs": "x"}, "epochs: expected int"),
        ({"list": {"item": INT}}, [1, "x"], "[1]: expected int"),
        ({"set": {"item": INT}}, [1, 1], "each element once"),
        ({"tuple": {"items": [INT]}}, [], "a list of 1 items"),
        ({"enum": {"symbols": ["red", "blue"]}}, "rad", "did you mean 'red'?"),
        ({"map": {"key": INT, "value": INT}}, {"x": 1}, "['x']: expected int"),
        ({"file": {}}, {"url": "x"}, "did you mean 'uri'?"),
        ({"file": {}}, {"uri": "x", "size_bytes": -1}, "0 or more"),
        ({"table": {}}, "x.txt", "a table of a known format"),
        (UNION, [], "expected int | float | string, but a list of 0 items came"),
        (INT, {"@reference": {"uri": "x", "digest": "00"}}, "64 hexadecimal digits"),
        (
            {"union": {"members": [{"tag": "a", "type": STRING}, {"tag": "b", "type": simple("DATE")}]}},
            "2024-02-29",
            "which may be a or b",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_was_expected_and_what_came(of, value, message):
    with pytest.raises(JsonValueError) as caught:
        from_json(value, parse_type(of))
    assert message in str(caught.value)


def test_a_literal_that_is_no_value_of_the_type_is_not_written():
    with pytest.raises(JsonValueError, match="expected float, but 1 came"):
        to_json(parse({"intValue": "1"}), parse_type(FLOAT))
