"""Conditions in workflows: what becomes of each case, and that only the chosen one runs."""

import json
from typing import Any, NamedTuple

import godwit as gw
import pytest
from godwit.errors import DeclarationError, WorkflowBodyError
from godwit.expression import AllOf, Comparison, Constant, InputReference, Negation, OutputReference
from godwit.loader import load_module
from godwit.nodes import Block
from godwit_plugin_api.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st


class Ends(NamedTuple):
    low: int
    high: int


@gw.task
def add(x: int, y: int = 1) -> int:
    return x + y


@gw.task
def halve(x: int) -> float:
    return x / 2


@gw.task
def ends(x: int) -> Ends:
    return Ends(x, x)


@gw.task
def forget(x: int) -> None:
    _ = x


@gw.task
def maybe(x: int) -> int | None:
    return x or None


@gw.task
def free(x: int) -> gw.Json:
    return x


def node(workflow: Any) -> Any:
    return workflow.trace.nodes[-1]


def ids(block: Any) -> list[str]:
    return [made.id for made in block.nodes]


def test_each_case_is_a_block_of_its_own():
    @gw.workflow
    def flow(x: int) -> int:
        y = add(x=x)
        return gw.conditional((x > 0) & ~(y == 3), then=lambda: add(x=add(x=y)), otherwise=lambda: add(x=x), name="ask")

    made = node(flow)
    assert ids(flow.trace.body) == ["n0", "n1"]
    (case,) = made.cases
    assert isinstance(case.condition, AllOf)
    assert (ids(case.then), ids(made.otherwise)) == (["n2", "n3"], ["n4"])
    assert case.then.outputs == [("result", OutputReference("n3", "result"))]
    assert case.then.nodes[0].inputs == (("x", OutputReference("n0", "result")),)
    assert made.name == "ask"
    assert flow.trace.outputs == [("result", OutputReference("n1", "result"))]


def test_cases_in_order():
    @gw.workflow
    def flow(x: int) -> int:
        return gw.conditional(cases=[(x > 9, lambda: add(x=x)), (x > 0, lambda: 3)], otherwise=lambda: x)

    made = node(flow)
    assert [case.condition.right.value for case in made.cases] == [9, 0]
    assert made.cases[1].then.outputs == [("result", Constant(3, int))]
    assert made.otherwise.outputs == [("result", InputReference("x"))]


def test_several_outputs_and_named_ones():
    @gw.workflow
    def flow(x: int) -> tuple[int, float, int]:
        a, b = gw.conditional(x > 0, then=lambda: (add(x=x), halve(x=x)), otherwise=lambda: (1, 0.5))
        c = gw.conditional(x > 0, then=lambda: ends(x=x), otherwise=lambda: Ends(1, x))
        return a, b, c.high

    first, second = flow.trace.nodes
    assert [(output.name, output.annotation) for output in first.signature.outputs] == [
        ("result_0", int),
        ("result_1", float),
    ]
    assert [output.name for output in second.signature.outputs] == ["low", "high"]


def test_cases_without_outputs_make_a_node_to_wait_for():
    @gw.workflow
    def flow(x: int) -> None:
        first = gw.conditional(x > 0, then=lambda: forget(x=x), after=add(x=x))
        forget.after(first)(x=x)

    _, branch, last = flow.trace.nodes
    assert branch.after == ("n0",)
    assert last.after == ("n1",)
    assert isinstance(branch.otherwise, Block)
    assert branch.otherwise.nodes == []


def test_none_makes_an_output_nullable_and_numbers_become_floats():
    @gw.workflow
    def flow(x: int) -> tuple[int | None, float, list[int]]:
        a = gw.conditional(x > 0, then=lambda: add(x=x), otherwise=lambda: None)
        b = gw.conditional(x > 0, then=lambda: add(x=x), otherwise=lambda: 0.5)
        c = gw.conditional(x > 0, then=lambda: [add(x=x)], otherwise=list)
        d = gw.conditional(x > 0, then=lambda: maybe(x=x), otherwise=lambda: add(x=x))
        return gw.coalesce(a, d), b, c

    annotations = [made.signature.outputs[0].annotation for made in flow.trace.nodes]
    assert annotations == [int | None, float, list[int], int | None]


def test_the_type_can_be_said():
    @gw.workflow
    def flow(x: int) -> gw.Json:
        return gw.conditional(x > 0, then=lambda: free(x=x), otherwise=lambda: {"a": 1}, returns=gw.Json)

    assert node(flow).signature.outputs[0].annotation == gw.Json


def test_fail_is_the_default_of_its_node():
    @gw.workflow
    def flow(x: int) -> int:
        return gw.conditional(x > 0, then=lambda: add(x=x), otherwise=lambda: gw.fail("too small"))

    assert node(flow).otherwise == "too small"


def test_a_case_that_fails_puts_the_rest_behind_its_opposite():
    @gw.workflow
    def flow(x: int) -> int:
        return gw.conditional(
            cases=[(x > 9, lambda: add(x=x)), (x > 5, lambda: gw.fail("between")), (x > 0, lambda: 2)],
            otherwise=lambda: 1,
        )

    made = node(flow)
    first, second = made.cases
    assert isinstance(first.condition, Comparison)
    assert isinstance(second.condition, Negation)
    assert made.otherwise == "between"
    (inner,) = second.then.nodes
    assert [case.condition.right.value for case in inner.cases] == [0]
    assert second.then.outputs == [("result", OutputReference(inner.id, "result"))]


def test_outside_of_a_workflow_it_is_plain_python():
    called = []
    assert gw.conditional(True, then=lambda: 1, otherwise=lambda: called.append(1)) == 1
    assert gw.conditional(cases=[(False, lambda: 1), (True, lambda: 2)]) == 2
    assert gw.conditional(False, then=lambda: 1) is None
    assert called == []
    with pytest.raises(gw.ConditionFailed, match="nothing fits"):
        gw.conditional(False, then=lambda: 1, otherwise=lambda: gw.fail("nothing fits"))


def leaks(x: int) -> int:
    kept: list[Any] = []
    gw.conditional(x > 0, then=lambda: kept.append(add(x=x)))
    return add(x=kept[0])


def after_a_leak(x: int) -> int:
    kept: list[Any] = []
    gw.conditional(x > 0, then=lambda: kept.append(forget.node(x=x)))
    return add.after(kept[0])(x=x)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (leaks, "PROMISE_OF_ANOTHER_BRANCH", "node n1, which runs only inside another branch"),
        (after_a_leak, "NOT_A_NODE", "`after` takes results"),
        (lambda x: gw.conditional(x > 0, then=lambda: add(x=x)), "MISSING_OTHERWISE", "what it returns otherwise"),
        (lambda x: gw.conditional(x > 0, then=lambda: x, otherwise=lambda: forget(x=x)), "DIFFERENT_CASES", "nothing"),
        (lambda x: gw.conditional(x > 0, then=lambda: (x, 1), otherwise=lambda: x), "DIFFERENT_CASES", "the same"),
        (lambda x: gw.conditional(x > 0, then=lambda: x, otherwise=lambda: "a"), "DIFFERENT_CASES", "got int, str"),
        (lambda x: gw.conditional(x > 0, then=list, otherwise=lambda: None), "DIFFERENT_CASES", "returns="),
        (lambda x: gw.conditional(x, then=lambda: x), "INVALID_CONDITIONAL", "takes conditions; got"),
        (lambda x: gw.conditional(x > 0), "INVALID_CONDITIONAL", "takes a condition with then"),
        (lambda _: gw.conditional(cases=[]), "INVALID_CONDITIONAL", "takes a condition with then"),
        (lambda x: gw.conditional(x > 0, then=lambda: gw.fail("")), "INVALID_CONDITIONAL", "not empty"),
        (
            lambda x: gw.conditional(x > 0, then=lambda: (add(x=x), gw.fail("no"))),
            "INVALID_CONDITIONAL",
            "stands alone",
        ),
        (
            lambda x: gw.conditional(x > 0, then=lambda: gw.fail("a"), otherwise=lambda: gw.fail("b")),
            "INVALID_CONDITIONAL",
            "Every case",
        ),
    ],
)
def test_what_cannot_work_is_refused(body, code, words):
    @gw.workflow
    def flow(x: int) -> int:
        return body(x)

    with pytest.raises(InvalidInput) as caught:
        _ = flow.trace
    assert caught.value.code == code
    assert words in str(caught.value)


def test_fail_stands_in_a_conditional():
    @gw.workflow
    def flow() -> int:
        gw.fail("here")

    with pytest.raises(DeclarationError) as caught:
        _ = flow.trace
    assert caught.value.code == "INVALID_CONDITIONAL"


def test_operators_in_lambdas_are_found():
    @gw.workflow
    def flow(x: int) -> int:
        y = gw.conditional(x > 0, then=lambda: add(x=x + 1), otherwise=lambda: add(x=x))
        return y or x

    with pytest.raises(WorkflowBodyError) as caught:
        _ = flow.trace
    assert "arithmetic on a promise" in str(caught.value)
    assert "`or` on a promise" in str(caught.value)


FLOW = """
    from typing import NamedTuple

    class Ends(NamedTuple):
        low: int
        high: int

    log = []

    @gw.task
    def add(x: int, y: int = 1) -> int:
        log.append(x)
        return x + y

    @gw.task
    def ends(x: int) -> Ends:
        return Ends(x, x)

    @gw.workflow
    def sub(x: int) -> int:
        return add(x=x, y=1000)

    @gw.workflow
    def flow(x: int) -> int:
        y = add(x=x)
        return gw.conditional(
            cases=[(y > 9, lambda: add(x=y, y=100)), (y > 5, lambda: gw.fail("between")), (y > 0, lambda: sub(x=y))],
            otherwise=lambda: 7,
        )

    @gw.workflow
    def nested(x: int, limit: int | None = None) -> Ends:
        return gw.conditional(
            gw.is_none(limit) | gw.is_in(x, [7, 8]),
            then=lambda: gw.conditional(x > 0, then=lambda: ends(x=x), otherwise=lambda: Ends(x, add(x=x))),
            otherwise=lambda: Ends(gw.coalesce(limit, 0), 0),
        )
"""


@pytest.fixture
def flows(write_source):
    return load_module(write_source(FLOW, "branching_flows.py"))


@given(st.integers(-20, 20))
def test_a_workflow_of_cases_agrees_with_python(x):
    assert python_flow(x) == expected(x)


def python_flow(x: int) -> int | str:
    y = x + 1
    try:
        return gw.conditional(
            cases=[(y > 9, lambda: y + 100), (y > 5, lambda: gw.fail("between")), (y > 0, lambda: y + 1000)],
            otherwise=lambda: 7,
        )
    except gw.ConditionFailed as failure:
        return failure.message


def expected(x: int) -> int | str:
    y = x + 1
    return y + 100 if y > 9 else "between" if y > 5 else y + 1000 if y > 0 else 7


@pytest.mark.parametrize("x", [20, 9, 8, 5, 4, 1, 0, -1, -7])
def test_only_the_chosen_case_runs(flows, x):
    wanted = expected(x)
    if isinstance(wanted, str):
        with pytest.raises(gw.ExecutionFailed, match=wanted) as caught:
            flows.flow(x=x)
        assert caught.value.code == gw.ConditionFailed.code
        assert flows.log == [x]
    else:
        assert flows.flow(x=x) == wanted
        assert len(flows.log) == (1 if wanted == 7 else 2)


def test_nested_cases_with_several_outputs(flows):
    assert flows.nested(x=3) == (3, 3)
    assert flows.nested(x=-3) == (-3, -2)
    assert flows.nested(x=7, limit=1) == (7, 7)
    assert flows.nested(x=6, limit=1) == (1, 0)


def test_the_spec_is_the_same_each_time(load_source):
    first = load_source(FLOW).registration("flow").bundle
    second = load_source(FLOW).registration("flow").bundle
    assert first == second
    spec = next(entry for entry in first.workflows if entry.id.name == "flow.flow").body.nodes[1]
    assert spec.branch.fail == "between"
    assert [output.name for output in spec.branch.outputs] == ["result"]
    assert json.dumps(sorted(entry.id.name for entry in first.workflows)) == '["flow.flow", "flow.sub"]'
