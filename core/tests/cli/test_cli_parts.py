"""The pure parts of the command line."""

import click
import pytest
from godwit_core.cli.entity_options import read_inputs
from godwit_core.cli.run import run, split_arguments
from godwit_core.cli.tables import duration_text, format_table, size_text, time_text
from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.rules.value_json import to_json
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

INT, STRING, BOOL, FLOAT = ({"simple": f"SIMPLE_TYPE_{name}"} for name in ("INT", "STRING", "BOOL", "FLOAT"))


def interface(**types) -> Interface:
    described = {"inputs": [{"name": name, "type": of} for name, of in types.items()]}
    return json_format.ParseDict(described, Interface())


def read(declared: Interface, *arguments: str, assignments: tuple[str, ...] = ()) -> dict:
    values = read_inputs(declared, arguments, assignments, "godwit run f e")
    return {one.name: to_json(values[one.name], one.type) for one in declared.inputs if one.name in values}


def split(*arguments: str) -> tuple[list[str], list[str]]:
    context = click.Context(run)
    return split_arguments(arguments, run.get_params(context))


def test_what_follows_file_and_entity_is_the_entitys_but_for_own_options():
    own, entity = split("--workers", "2", "f.py", "wf", "--x", "1", "--json", "--y=2", "-i", "z=3", "--flag")
    assert own == ["--workers", "2", "f.py", "wf", "--json", "-i", "z=3"]
    assert entity == ["--x", "1", "--y=2", "--flag"]


def test_negative_numbers_are_values_and_not_options():
    assert split("f.py", "wf", "--x", "-1", "--y", "-.5", "--z", "-inf", "-ia=1")[1] == [
        "--x", "-1", "--y", "-.5", "--z", "-inf",
    ]  # fmt: skip
    assert split("f.py", "wf", "--", "--workers", "3")[1] == ["--workers", "3"]


def test_unknown_options_before_the_entity_stay_own_and_are_refused_there():
    assert split("--wrokers", "2", "f.py")[0] == ["--wrokers", "2", "f.py"]


def test_underscores_and_hyphens_are_the_same():
    rate = interface(learning_rate=FLOAT)
    assert read(rate, "--learning-rate", "0.5") == read(rate, "--learning_rate", "0.5") == {"learning_rate": 0.5}
    assert read(rate, assignments=("learning-rate=0.5",)) == {"learning_rate": 0.5}


def test_an_inputs_own_name_wins_over_the_negation_of_another():
    declared = interface(learning_rate=FLOAT, no_x=BOOL, x=BOOL)
    with pytest.raises(InvalidInput, match="'x', of type bool, is missing"):
        read(declared, "--learning-rate", "1", "--no-x")


def test_missing_and_wrong_inputs_are_told_at_once():
    with pytest.raises(InvalidInput) as caught:
        read(interface(a=INT, b=INT, c=INT), "--a", "x", "--b", "1.5")
    assert [name for name in "abc" if f"'{name}'" in caught.value.message] == ["a", "b", "c"]


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_integer_is_read_as_it_is(number):
    assert int(read(interface(x=INT), "--x", str(number))["x"]) == number
    assert int(read(interface(x=INT), assignments=(f"x:={number}",))["x"]) == number


@given(st.text().filter(lambda text: text.isprintable()))
def test_every_text_can_be_given(text):
    escaped = f"@{text}" if text.startswith("@") else text
    assert read(interface(x=STRING), f"--x={escaped}") == {"x": text}


def test_none_of_a_nullable_type():
    declared = interface(x=INT | {"nullable": True}, s=STRING | {"nullable": True})
    assert read(declared, "--x", "none", "--s", "null") == {"x": None, "s": "null"}
    assert read(declared, "--x=1", assignments=("s:=null",)) == {"x": 1, "s": None}


def test_yaml_and_json_are_read_alike():
    declared = interface(x={"map": {"key": STRING, "value": {"list": {"item": INT}}}})
    assert read(declared, "--x", '{"a": [1, 2]}') == read(declared, "--x", "a: [1, 2]") == {"x": {"a": [1, 2]}}


def test_tables_align_and_cut_nothing_off_a_terminal():
    lines = format_table(("A", "LONG"), [("1", "x"), ("22", "y" * 100)], right=(0,))
    assert lines[0] == " A  LONG"
    assert lines[2] == f"22  {'y' * 100}"


def test_short_texts():
    assert [duration_text(value) for value in (0.0123, 12.34, 185, 7400)] == ["0.012 s", "12.3 s", "3m 05s", "2h 03m"]
    assert [size_text(value) for value in (12, 3_400_000)] == ["12 B", "3.4 MB"]
    assert time_text(1_700_000_000_123_456) == "2023-11-14T22:13:20.123Z"
    assert time_text(0) is None
