"""`executions spec` and `run --execution-spec`: what was started is written, edited, and started again."""

import json

import pytest
import yaml
from godwit_core.cli.execution_specs import format_spec, parse_spec
from godwit_plugin_api.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

DIGEST = "sha256:" + "ab" * 32
SPEC = {"godwit": 1, "registration": DIGEST, "entity": "flows.add"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(inputs=st.dictionaries(st.text(min_size=1), VALUES))
def test_what_is_written_is_read(inputs):
    options = {"run_what_can_run": None, "priority": -1, "max_parallelism": 2, "backend": "ray"}
    written = SPEC | {"inputs": inputs, "options": options}
    read = parse_spec(format_spec(written), "e.yaml")
    assert read.inputs == inputs
    assert read.options == written["options"]
    assert (read.registration.hex(), read.entity) == ("ab" * 32, "flows.add")
    assert parse_spec(json.dumps(written), "e.json") == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "- 1",
        "godwit: 2",
        "godwit: 1",
        f"godwit: 1\nregistration: {DIGEST}",
        f"godwit: 1\nregistration: sha256:{'z' * 64}\nentity: a",
        f"godwit: 1\nregistration: {DIGEST}\nentity: a\nother: 1",
        f"godwit: 1\nregistration: {DIGEST}\nentity: a\ninputs: [1]",
        f"godwit: 1\nregistration: {DIGEST}\nentity: a\noptions: {{overwrite_cache: 1}}",
        f"godwit: 1\nregistration: {DIGEST}\nentity: a\noptions: {{other: true}}",
        f"godwit: 1\nregistration: {DIGEST}\nentity: a\noptions: {{max_parallelism: 0}}",
        f"godwit: 1\nregistration: {DIGEST}\nentity: a\noptions: {{priority: true}}",
        f"godwit: 1\nregistration: {DIGEST}\nentity: a\noptions: {{backend: 7}}",
    ],
)
def test_what_is_no_specification_is_refused(text):
    with pytest.raises(InvalidInput) as caught:
        parse_spec(text, "e.yaml")
    assert caught.value.code == "BAD_SPEC"
    assert "e.yaml" in caught.value.message


@given(text=st.text())
def test_any_text_is_a_specification_or_refused(text):
    with pytest.raises(InvalidInput):
        parse_spec(text, "e.yaml")


def test_an_execution_is_written_edited_and_run_again(godwit):
    name = godwit.json("run", "flows.py", "summing", "--a", "4", "--overwrite-cache")["execution"]
    text = godwit("executions", "spec", name).stdout
    path = godwit.folder / "e.yaml"
    path.write_text(text)
    again = godwit.json("run", "--execution-spec", path)
    assert again["outputs"] == {"result": 16}
    assert {node["cache"] for node in again["nodes"]} == {"OVERWRITTEN"}
    spec = yaml.safe_load(text)
    assert spec["inputs"] == {"a": 4, "b": 2}
    assert godwit.json("executions", "spec", again["execution"]) == spec
    spec["inputs"]["b"] = 20
    del spec["options"]
    path.write_text(yaml.safe_dump(spec))
    assert godwit.json("run", "--execution-spec", path, "-i", "a=1")["outputs"] == {"result": 31}
    assert godwit.json("run", "flows.py", "--execution-spec", path)["outputs"] == {"result": 34}
    assert godwit.json("run", "flows.py", "add", "--execution-spec", path, "--a", "2")["outputs"] == {"result": 22}


def test_every_kind_of_value_comes_back(godwit):
    values = ("--count", "3", "--flag", "--colour", "BLUE", "--settings", "{rate: 0.25, layers: [1]}", "--note", "12")
    first = godwit.json("run", "flows.py", "shape", *values)
    path = godwit.folder / "e.yaml"
    path.write_text(godwit("executions", "spec", first["execution"]).stdout)
    assert godwit.json("run", "--execution-spec", path)["outputs"] == first["outputs"]


def test_bad_specifications_create_nothing(godwit):
    name = godwit.json("run", "flows.py", "summing")["execution"]
    path = godwit.folder / "e.yaml"
    assert godwit("run", "--execution-spec", path).returncode == 2
    spec = godwit.json("executions", "spec", name)
    path.write_text(yaml.safe_dump(spec | {"registration": DIGEST}))
    done = godwit("run", "--execution-spec", path)
    assert (done.returncode, "has no registration" in done.stderr) == (2, True)
    for inputs in ({"z": 1}, {"a": "text"}):
        path.write_text(yaml.safe_dump(spec | {"inputs": inputs}))
        assert godwit("run", "--execution-spec", path).returncode == 2
    path.write_text(yaml.safe_dump(spec | {"entity": "flows.none"}))
    assert godwit("run", "--execution-spec", path).returncode == 2
    assert godwit.count() == 1
