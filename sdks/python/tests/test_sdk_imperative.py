"""Workflows built by calls."""

from typing import Any

import godwit as gw
import pytest
from godwit.errors import DeclarationError
from godwit.expression import InputReference, OutputReference
from godwit.loader import load_module
from godwit.signature import MISSING


@gw.task
def add(x: int, y: int = 1) -> int:
    return x + y


@gw.task
def pair(x: int) -> tuple[int, str]:
    return x, str(x)


@gw.task
def forget(x: int) -> None:
    _ = x


def test_inputs_nodes_and_outputs_are_added_by_calls():
    flow = gw.Workflow(name="acme.flow")
    x = flow.add_input("x", int, description="a number")
    y = flow.add_input("y", int, default=3)
    first = flow.add(add, x=x, y=y)
    number, text = flow.add(pair.with_overrides(name="both"), x=first)
    done = flow.add(forget.after(text), x=7)
    flow.add_output("number", number)
    flow.add_output("texts", [text], list[str])
    assert done.id == "n2"
    assert [(entry.name, entry.annotation, entry.default) for entry in flow.signature.parameters] == [
        ("x", int, MISSING),
        ("y", int, 3),
    ]
    assert [(entry.name, entry.annotation) for entry in flow.signature.outputs] == [
        ("number", int),
        ("texts", list[str]),
    ]
    assert flow.trace.nodes[0].inputs == (("x", InputReference("x")), ("y", InputReference("y")))
    assert flow.trace.outputs[0] == ("number", OutputReference("n1", "result_0"))
    assert flow.short_name == "flow"


def test_a_body_holds_what_that_of_a_function_can():
    flow = gw.Workflow()
    xs = flow.add_input("xs", list[int])
    with flow.body():
        ys = gw.map_task(add)(x=xs)
        chosen = gw.conditional(gw.is_in(3, xs), then=lambda: add(x=1), otherwise=lambda: 2)
    flow.add_output("ys", ys)
    flow.add_output("chosen", chosen)
    assert [entry.annotation for entry in flow.signature.outputs] == [list[int], int]


def in_use() -> None:
    flow = gw.Workflow()
    flow.add_output("x", flow.add(add, x=1))
    _ = flow.signature
    flow.add(add, x=2)


def empty() -> None:
    _ = gw.Workflow().trace


def inside_another() -> None:
    built = gw.Workflow()

    @gw.workflow
    def flow() -> None:
        built.add(add, x=1)

    _ = flow.trace


def twice(kind: str) -> None:
    flow = gw.Workflow()
    for _ in range(2):
        if kind == "input":
            flow.add_input("x", int)
        else:
            flow.add_output("x", 3)


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (in_use, "WORKFLOW_IN_USE"),
        (inside_another, "WORKFLOW_IN_USE"),
        (empty, "INVALID_DECLARATION"),
        (lambda: twice("input"), "DUPLICATE_INPUT"),
        (lambda: twice("output"), "DUPLICATE_OUTPUT"),
        (lambda: gw.Workflow().add_input("a b", int), "INVALID_SETTING"),
        (lambda: gw.Workflow().add(len), "INVALID_SETTING"),
        (lambda: gw.Workflow().add(add, z=1), "UNKNOWN_PARAMETER"),
        (lambda: gw.Workflow().add_output("x", {}), "UNANNOTATED_RETURN"),
        (lambda: gw.Workflow(failure_policy="fast"), "INVALID_SETTING"),
    ],
)
def test_what_cannot_work_is_refused(build, code):
    with pytest.raises(DeclarationError) as caught:
        build()
    assert caught.value.code == code


def test_promises_belong_to_one_workflow():
    one, other = gw.Workflow(), gw.Workflow()
    x: Any = one.add_input("x", int)
    with pytest.raises(gw.PromiseError) as caught:
        other.add(add, x=x)
    assert caught.value.code == "PROMISE_OF_ANOTHER_WORKFLOW"


FLOW = """
    @gw.task
    def add(x: int, y: int = 1) -> int:
        return x + y

    built = gw.Workflow(description="Add twice.")
    count = built.add_input("count", int, default=4)
    total = built.add(add, x=built.add(add, x=count), y=10)
    built.add_output("total", total)

    several = gw.Workflow(name="acme.several")
    several.add_output("one", several.add(built, count=1))
    several.add_output("two", several.add(add, x=1))

    @gw.workflow
    def around(x: int) -> int:
        return built(count=built.with_overrides(name="inner")(count=x))
"""


def test_built_workflows_run_and_are_entities(write_source, load_source):
    flows = load_module(write_source(FLOW, "built_flows.py"))
    assert flows.built() == 15
    assert flows.built(count=0) == 11
    assert flows.several() == (12, 2)
    assert flows.around(x=0) == 22
    source = load_source(FLOW)
    assert [(entry.name, entry.full_name, entry.kind, entry.summary) for entry in source.entities()] == [
        ("add", "flow.add", "task", ""),
        ("built", "flow.built", "workflow", "Add twice."),
        ("several", "acme.several", "workflow", ""),
        ("around", "flow.around", "workflow", ""),
    ]
    spec = source.registration("built").bundle.workflows[0]
    assert (spec.source.file, spec.source.line) == ("flow.py", 7)
    assert [node.id for node in spec.body.nodes] == ["n0", "n1"]


def test_a_workflow_without_a_name_is_refused(load_source):
    text = """
    @gw.task
    def add(x: int) -> int:
        return x

    def make():
        hidden = gw.Workflow()
        hidden.add_output("x", hidden.add(add, x=1))
        return hidden

    held = [make()]

    @gw.workflow
    def flow() -> int:
        return held[0]()
    """
    with pytest.raises(DeclarationError, match="no variable of its module holds it") as caught:
        load_source(text).registration("flow")
    assert caught.value.code == "NOT_IMPORTABLE"
