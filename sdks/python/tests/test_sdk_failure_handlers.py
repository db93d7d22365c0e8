"""Failure handlers: what they are given."""

from typing import Any

import godwit as gw
import pytest
from godwit.errors import DeclarationError
from godwit.loader import load_module
from godwit.types.absent_data import ABSENT_DATA
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, BLAME_USER, RETRY_ALLOWED, RETRY_FORBIDDEN
from godwitidl.core.v1.values_pb2 import Literal

FLOW = """
    @gw.task
    def divide(x: float, by: float) -> float:
        return x / by

    log = []

    @gw.task
    def clean(by: float, error: gw.ErrorInfo, times: int = 2) -> None:
        log.append((by, error.code, error.node, error.exceptions[0].type, times))

    @gw.workflow
    def clean_up(x: float, why: gw.ErrorInfo) -> None:
        clean(by=x, error=why)

    @gw.workflow(on_failure=clean_up)
    def inner(x: float, by: float) -> float:
        return divide(x=divide(x=x, by=1.0), by=by)

    @gw.workflow(on_failure=clean)
    def outer(by: float) -> float:
        return inner(x=1.0, by=by)

    @gw.task
    def stuck(why: str) -> None:
        print(why)

    @gw.workflow(on_failure=clean, run_on_abort=True)
    def flow(x: float, by: float) -> float:
        return divide(x=x, by=by)
"""


def test_the_error_and_inputs_of_the_same_names_are_bound(load_source):
    bundle = load_source(FLOW).registration("flow").bundle
    assert [task.id.name for task in bundle.tasks] == ["flow.clean", "flow.divide"]
    handler = bundle.workflows[0].on_failure
    assert (handler.target.task.name, handler.run_on_abort) == ("flow.clean", True)
    assert [binding.name for binding in handler.inputs] == ["by", "error"]
    assert handler.inputs[0].value.workflow_input == "by"
    assert handler.inputs[1].value.HasField("handled_error")


def test_a_parameter_that_is_neither_is_refused(load_source):
    text = (
        FLOW
        + "\n    @gw.workflow(on_failure=stuck)\n    def bad(x: float) -> float:\n        return divide(x=x, by=x)\n"
    )
    with pytest.raises(DeclarationError, match="takes why: neither an input of the workflow nor the error") as caught:
        load_source(FLOW + text).registration("bad")
    assert caught.value.code == "UNBOUND_PARAMETER"


@pytest.mark.parametrize("settings", [{"on_failure": len}, {"run_on_abort": True}])
def test_settings_that_are_none(settings):
    with pytest.raises(DeclarationError) as caught:
        gw.workflow(**settings)
    assert caught.value.code == "INVALID_SETTING"


def read(types: Any, literal: Literal) -> gw.ErrorInfo:
    value = types.from_literal(literal, gw.ErrorInfo, ABSENT_DATA)
    assert isinstance(value, gw.ErrorInfo)
    return value


def test_an_error_keeps_all_that_is_known_of_it(types):
    literal = Literal()
    literal.error.code = "USER_EXCEPTION"
    literal.error.message = "ZeroDivisionError: division by zero"
    literal.error.node_path = "n0/n2"
    literal.error.blame = BLAME_INFRASTRUCTURE
    literal.error.retry = RETRY_ALLOWED
    raised = literal.error.exceptions.add(type="ZeroDivisionError", message="division by zero")
    raised.frames.add(file="flow.py", line=3, function="divide", source="return x / by")
    error = read(types, literal)
    assert (error.code, error.node) == ("USER_EXCEPTION", "n0/n2")
    assert error.exceptions[0].type == "ZeroDivisionError"
    assert error.exceptions[0].stack == 'File "flow.py", line 3, in divide\n  return x / by'
    assert types.to_literal(error, gw.ErrorInfo, ABSENT_DATA) == literal
    assert "encoded" not in repr(error)


def test_an_error_can_be_made(types):
    literal = types.to_literal(gw.ErrorInfo("NO_ROWS", "none came"), gw.ErrorInfo, ABSENT_DATA)
    assert (literal.error.blame, literal.error.retry) == (BLAME_USER, RETRY_FORBIDDEN)
    error = read(types, literal)
    assert (error.code, error.message, error.exceptions) == ("NO_ROWS", "none came", ())


@pytest.fixture
def flows(write_source):
    return load_module(write_source(FLOW, "handled_flows.py"))


def test_a_handler_is_given_the_first_cause(flows):
    assert flows.flow(x=1.0, by=2.0) == 0.5
    assert flows.log == []
    with pytest.raises(gw.ExecutionFailed, match="ZeroDivisionError") as caught:
        flows.flow(x=1.0, by=0.0)
    assert caught.value.code == "USER_EXCEPTION"
    assert flows.log == [(0.0, "USER_EXCEPTION", "n0", "ZeroDivisionError", 2)]


def test_handlers_are_called_from_the_inside_out_and_may_be_workflows(flows):
    with pytest.raises(gw.ExecutionFailed, match="ZeroDivisionError"):
        flows.outer(by=0.0)
    assert [(entry[0], entry[2]) for entry in flows.log] == [(1.0, "n0/n1"), (0.0, "n0/n1")]
