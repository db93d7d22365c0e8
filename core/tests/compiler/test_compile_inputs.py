"""Inputs at the door."""

import pytest
from godwit_core.compiler.inputs import bind_inputs
from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest
from google.protobuf.json_format import ParseDict


@pytest.fixture
def interface(specs):
    inputs = {
        "rate": specs.FLOAT,
        "count": {"type": specs.INT, "defaultValue": specs.integer(4)},
        "color": {"type": specs.nullable(specs.COLOR), "defaultValue": {"none": {}}},
        "scores": {"type": specs.listed(specs.FLOAT), "defaultValue": {"list": {}}},
    }
    return ParseDict(specs.task("m.t", inputs, {})["interface"], Interface())


def literals(**values):
    return {name: ParseDict(value, Literal()) for name, value in values.items()}


def test_values_and_defaults_come_in_the_order_of_the_interface(interface):
    values = bind_inputs(interface, literals(color={"stringValue": "RED"}, rate={"floatValue": 0.5}))
    assert list(values) == ["rate", "count", "color", "scores"]
    decoded = {name: Literal.FromString(value) for name, (value, _) in values.items()}
    assert (decoded["rate"].float_value, decoded["count"].int_value) == (0.5, 4)
    assert all(digest == literal_digest(decoded[name]) for name, (_, digest) in values.items())


def test_an_integer_serves_as_a_float_and_so_does_a_list_of_them(interface):
    values = bind_inputs(interface, literals(rate={"intValue": "2"}, scores={"ints": {"items": ["1", "2"]}}))
    assert Literal.FromString(values["rate"][0]).float_value == 2.0
    assert values["rate"][1] == literal_digest(Literal(float_value=2.0))
    assert values["scores"][1] == literal_digest(ParseDict({"floats": {"items": [1, 2]}}, Literal()))


def test_everything_that_is_wrong_is_said_at_once(interface):
    with pytest.raises(InvalidInput) as caught:
        bind_inputs(
            interface,
            literals(
                rates={"floatValue": 0.5},
                count={"floatValue": 1.5},
                color={"stringValue": "BLUE"},
                scores={"list": {"items": [{"floatValue": 1}, {"stringValue": "x"}]}},
            ),
        )
    lines = caught.value.message.splitlines()
    assert len(lines) == 5
    assert lines[0] == "There is no input 'rates'. Did you mean 'rate'?"
    assert lines[1] == "Input 'rate', of type float, is missing."
    assert lines[2].startswith("Input 'count': expected")
    assert lines[3].startswith("Input 'color': expected")
    assert lines[4].startswith("Input 'scores' at [1]: expected")


def test_an_integer_that_is_no_float_is_refused(interface):
    with pytest.raises(InvalidInput, match="Input 'rate': expected"):
        bind_inputs(interface, literals(rate={"intValue": str(2**53 + 1)}))


def test_a_literal_without_a_kind_is_refused(interface):
    with pytest.raises(InvalidInput, match="Input 'rate': expected"):
        bind_inputs(interface, {"rate": Literal()})
