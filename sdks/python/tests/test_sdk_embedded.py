"""Workflows that are called in Python: the same engine, in this process."""

import os

import godwit as gw
import pytest
from godwit.loader import load_module
from godwit_plugin_api.errors import GodwitError, InvalidInput

FLOW = """
    import dataclasses
    import os

    @dataclasses.dataclass
    class Settings:
        rate: float

    @gw.task
    def scale(x: int, settings: Settings) -> float:
        return x * settings.rate

    @gw.task
    def page(x: float) -> gw.File:
        file = gw.File.new("page.html")
        file.path.write_text(f"<b>{x}</b>")
        return file

    @gw.task
    def where() -> int:
        return os.getpid()

    @gw.task
    def divide(x: float, by: float) -> float:
        return x / by

    @gw.workflow
    def flow(x: int, rate: float = 3.0) -> tuple[float, list[gw.File]]:
        y = scale(x=x, settings=Settings(rate=rate))
        return y, [page(x=y)]

    @gw.workflow
    def here() -> int:
        return where()

    @gw.workflow
    def quotient(x: float, by: float) -> float:
        return divide(x=x, by=by)

    @gw.workflow
    def nested(x: float) -> float:
        return quotient(x=quotient(x=x, by=2.0), by=2.0)

    @gw.workflow
    def broken(x: int) -> str:
        return scale(x=x, settings=Settings(rate=1.0))
"""


@pytest.fixture
def flows(write_source):
    return load_module(write_source(FLOW, "embedded_flows.py"))


def test_outputs_are_values(flows):
    value, (file,) = flows.flow(x=2)
    assert value == 6.0
    assert file.read_text() == "<b>6.0</b>"
    assert flows.flow(2, rate=1.0)[0] == 2.0
    assert flows.nested(x=8.0) == 2.0


def test_tasks_run_in_this_process(flows):
    assert flows.here() == os.getpid()


def test_a_failure_tells_node_error_and_the_stack_of_the_user(flows):
    with pytest.raises(gw.ExecutionFailed, match=r"quotient failed in node n0: ZeroDivisionError") as caught:
        flows.quotient(x=1.0, by=0.0)
    assert caught.value.code == "USER_EXCEPTION"
    assert "return x / by" in caught.value.message
    assert caught.value.error.exceptions[0].type == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "'x'.*missing"),
        ({"x": "a"}, "Input x: expected int, got str 'a'"),
        ({"x": "a", "rate": "b"}, r"(?s)Input x: .*Input rate: "),
        ({"x": 1, "rat": 2.0}, r"no input rat\. Did you mean rate"),
    ],
)
def test_inputs_that_do_not_fit(flows, arguments, message):
    with pytest.raises(InvalidInput, match=message):
        flows.flow(**arguments)


def test_inputs_without_names(flows):
    with pytest.raises(InvalidInput, match="has 2 inputs, and is given 3"):
        flows.flow(1, 2.0, 3)
    with pytest.raises(InvalidInput, match="x is given twice"):
        flows.flow(1, x=2)


def test_a_workflow_that_does_not_compile(flows):
    with pytest.raises(GodwitError, match="string") as caught:
        flows.broken(x=1)
    assert "float" in str(caught.value)
