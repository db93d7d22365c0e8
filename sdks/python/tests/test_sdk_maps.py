"""Maps: which arguments are mapped, what becomes of them, and that they run."""

import math
from typing import Any, NamedTuple

import godwit as gw
import pytest
from godwit.errors import DeclarationError
from godwit.expression import Constant, InputReference, OutputReference
from godwit.loader import load_module
from godwit.mapped_arguments import Depth, depth_of_annotation, depth_of_value
from godwit_core.compiler.compilation import compile_bundle
from godwit_core.compiler.problems import CompileFailed
from hypothesis import given
from hypothesis import strategies as st


class Ends(NamedTuple):
    low: int
    high: int


@gw.task
def add(x: int, y: int = 1) -> int:
    if x < 0:
        raise ValueError(f"{x} is below zero")
    return x + y


@gw.task
def ends(xs: list[int]) -> Ends:
    return Ends(min(xs), max(xs))


@gw.task
def pair(x: int) -> tuple[int, str]:
    return x, str(x)


@gw.task
def forget(x: int) -> None:
    _ = x


@gw.task
def free(value: gw.Json, at: float = 0.0) -> str:
    return f"{value} {at}"


@gw.task
def either(value: int | list[int]) -> int:
    return value if isinstance(value, int) else sum(value)


@gw.task
def optional(xs: list[int] | None = None, x: int | None = None) -> int:
    return len(xs or []) + (x or 0)


@gw.task
async def later(x: int) -> int:
    return x


def node(workflow: Any) -> Any:
    return workflow.trace.nodes[-1]


def test_a_list_of_what_the_parameter_takes_is_mapped():
    @gw.workflow
    def flow(xs: list[int], y: int) -> list[int]:
        return gw.map_task(add, concurrency=4)(y=y, x=xs)

    made = node(flow)
    assert made.over == (("x", InputReference("xs")),)
    assert made.inputs == (("y", InputReference("y")),)
    assert made.concurrency == 4
    assert flow.trace.outputs == [("result", OutputReference("n0", "result"))]


def test_a_list_parameter_takes_a_list_and_is_mapped_over_a_list_of_lists():
    @gw.workflow
    def flow(rows: list[list[int]]) -> list[int]:
        found = gw.map_task(ends)(xs=rows)
        return found.low

    assert node(flow).over == (("xs", InputReference("rows")),)
    assert [output.annotation for output in node(flow).signature.outputs] == [list[int], list[int]]
    with pytest.raises(DeclarationError, match="given no list to map over"):
        gw.map_task(ends)(xs=[1, 2])


def test_constants_and_lists_with_promises_are_read_as_lists():
    @gw.workflow
    def flow(x: int) -> None:
        gw.map_task(add)(x=[x, 2], y=range(2))

    over = dict(node(flow).over)
    assert over["y"] == Constant([0, 1], list[int])
    assert over["x"].items == (InputReference("x"), Constant(2, int))


def test_a_nullable_list_is_one_list():
    @gw.workflow
    def flow(xs: list[int], rows: list[list[int]]) -> None:
        gw.map_task(optional)(xs=xs, x=xs)
        gw.map_task(optional)(xs=rows)

    first, second = flow.trace.nodes
    assert [name for name, _ in first.over] == ["x"]
    assert [name for name, _ in first.inputs] == ["xs"]
    assert [name for name, _ in second.over] == ["xs"]


def test_each_and_bound_decide_where_both_fit():
    @gw.workflow
    def flow(xs: list[int]) -> None:
        gw.map_task(either)(value=gw.each(xs))
        gw.map_task(free)(value=gw.bound(xs), at=[0.5])

    first, second = flow.trace.nodes
    assert [name for name, _ in first.over] == ["value"]
    assert [name for name, _ in second.over] == ["at"]


def test_overrides_and_order_of_the_task_hold_for_the_map():
    @gw.workflow
    def flow(xs: list[int]) -> None:
        first = forget.node(x=1)
        gw.map_task(forget.with_overrides(name="many", retries=2).after(first), min_successes=1)(x=xs)

    made = node(flow)
    assert (made.name, made.after, made.overrides.retries.count) == ("many", ("n0",), 2)
    assert made.tolerance.min_successes == 1


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        (lambda xs: gw.map_task(either)(value=xs), "UNCLEAR_MAP", "value=gw.each(…) to map over it, or value=gw."),
        (lambda xs: gw.map_task(free)(value=xs), "UNCLEAR_MAP", "as it is, or mapped over"),
        (lambda _: gw.map_task(add)(x=[[1]]), "UNCLEAR_MAP", "is neither that nor a list of it"),
        (lambda _: gw.map_task(add)(x=gw.each(1)), "UNCLEAR_MAP", "gw.each takes a list"),
        (lambda _: gw.map_task(add)(x=1), "NOTHING_MAPPED", "no list to map over"),
        (lambda _: gw.map_task(add)(x=[1, 2], y=[1]), "DIFFERENT_LENGTHS", "x has 2, y has 1"),
        (lambda xs: gw.map_task(add)(z=xs), "UNKNOWN_PARAMETER", "no input z"),
        (lambda xs: gw.map_task(add)(y=xs), "UNBOUND_PARAMETER", "without x"),
    ],
)
def test_what_cannot_be_meant_is_refused(call, code, words):
    @gw.workflow
    def flow(xs: list[int]) -> None:
        call(xs)

    with pytest.raises(DeclarationError, match=r"test_sdk_maps.py:\d+") as caught:
        _ = flow.trace
    assert caught.value.code == code
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"concurrency": 0},
        {"concurrency": True},
        {"min_successes": -1},
        {"min_success_ratio": 1.5},
        {"min_success_ratio": "all"},
        {"min_successes": 1, "min_success_ratio": 0.5},
    ],
)
def test_settings_that_are_none(settings):
    with pytest.raises(DeclarationError) as caught:
        gw.map_task(add, **settings)
    assert caught.value.code == "INVALID_SETTING"


def test_only_a_task_is_mapped():
    for thing in (len, gw.map_task(add), 3):
        with pytest.raises(DeclarationError, match="a task"):
            gw.map_task(thing)


def test_a_map_makes_a_node_in_a_workflow_alone():
    with pytest.raises(DeclarationError, match="no workflow's body is being traced"):
        gw.map_task(add).node(x=[1])


def test_outside_of_a_workflow_a_map_calls_one_after_the_other():
    assert gw.map_task(add)(x=[1, 2], y=[10, 20]) == [11, 22]
    assert gw.map_task(add)(x=[]) == []
    assert gw.map_task(ends)(xs=[[1, 2], [3]]) == Ends([1, 3], [2, 3])
    assert gw.map_task(pair)(x=[1, 2]) == ([1, 2], ["1", "2"])
    assert gw.map_task(forget)(x=[1]) is None
    assert gw.map_task(later)(x=[1, 2]) == [1, 2]


def test_failures_are_none_where_they_are_tolerated():
    assert gw.map_task(add, min_success_ratio=0.5)(x=[1, -1]) == [2, None]
    assert gw.map_task(add, min_successes=1)(x=[-1, -1, 1]) == [None, None, 2]
    with pytest.raises(ValueError, match="-2 is below zero"):
        gw.map_task(add, min_success_ratio=0.5)(x=[-1, -2, 1])
    with pytest.raises(ValueError, match="-1 is below zero"):
        gw.map_task(add)(x=[1, -1])


nested = st.recursive(st.integers(), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=6)


@given(nested)
def test_the_depth_of_a_value_is_around_that_of_each_item(value):
    depth = depth_of_value(value)
    assert depth_of_value([value]) == Depth(depth.least + 1, depth.most + 1)
    assert depth.least <= depth.most


@pytest.mark.parametrize(
    ("annotation", "depth"),
    [
        (int, (0, 0)),
        (list[int], (1, 1)),
        (tuple[list[int], ...], (2, 2)),
        (tuple[int, int], (0, 0)),
        (dict[str, list[int]], (0, 0)),
        (list[int] | None, (1, 1)),
        (int | list[list[int]], (0, 2)),
        (list, (1, math.inf)),
        (gw.Json, (0, math.inf)),
        (list[gw.Json], (1, math.inf)),
        (gw.Pickled[list[int]], (0, 0)),
    ],
)
def test_the_depth_of_an_annotation(annotation, depth):
    assert depth_of_annotation(annotation) == depth


FLOW = """
    @gw.task
    def add(x: int, y: int = 1) -> int:
        if x < 0:
            raise ValueError(f"{x} is below zero")
        return x + y

    @gw.task
    def pair(x: int) -> tuple[int, str]:
        return x, str(x)

    @gw.task
    def total(xs: list[int]) -> int:
        return sum(xs)

    @gw.workflow
    def flow(xs: list[int], y: int = 10) -> int:
        return total(xs=gw.map_task(add, concurrency=2)(x=xs, y=y))

    @gw.workflow
    def tolerant(xs: list[int]) -> tuple[list[int | None], int]:
        found = gw.map_task(add, min_success_ratio=0.5)(x=xs)
        return found, total(xs=gw.drop_none(found))

    @gw.workflow
    def pairs(xs: list[int]) -> tuple[list[int], list[str]]:
        numbers, texts = gw.map_task(pair)(x=xs)
        return numbers, texts

    @gw.workflow
    def in_step(xs: list[int], ys: list[int]) -> list[int]:
        return gw.map_task(add)(x=xs, y=ys)
"""


def test_the_spec_of_a_map(load_source):
    bundle = load_source(FLOW).registration("tolerant").bundle
    spec = bundle.workflows[0].body.nodes[0]
    assert spec.display_name == "add"
    assert spec.map.target.task.name == "flow.add"
    assert [binding.name for binding in spec.map.over] == ["x"]
    assert spec.map.min_success_ratio == 0.5
    assert not spec.map.HasField("concurrency")
    compile_bundle(bundle, "flow.tolerant")


def test_maps_run_embedded(write_source):
    flows = load_module(write_source(FLOW, "mapped_flows.py"))
    assert flows.flow(xs=[1, 2, 3]) == 36
    assert flows.flow(xs=[]) == 0
    assert flows.tolerant(xs=[1, -1]) == ([2, None], 2)
    assert flows.pairs(xs=[1, 2]) == ([1, 2], ["1", "2"])
    assert flows.in_step(xs=[1, 2], ys=[3, 4]) == [4, 6]
    with pytest.raises(gw.ExecutionFailed, match="below zero"):
        flows.flow(xs=[1, -1])


def test_lists_of_different_lengths_are_refused_before_an_item_starts(write_source):
    flows = load_module(write_source(FLOW, "uneven_flows.py"))
    with pytest.raises(gw.ExecutionFailed) as caught:
        flows.in_step(xs=[-1], ys=[3, 4])
    assert "below zero" not in str(caught.value)


class Row(NamedTuple):
    x: int
    weight: int | None = None


@gw.workflow
def doubled(x: int, by: int = 2) -> int:
    return add(x=add(x=x, y=by), y=by)


by_ten = gw.LaunchPlan(doubled, fixed_inputs={"by": 10})


@gw.workflow
def many(xs: list[int], y: int = 0) -> tuple[list[int], list[int], list[int | None]]:
    over_workflow = gw.map_task(doubled, concurrency=2)(x=xs)
    over_plan = gw.map_task(by_ten)(x=over_workflow)
    some = gw.map_task(doubled.with_overrides(name="some"), min_success_ratio=0.5)(x=xs, by=y)
    return over_workflow, over_plan, some


@gw.workflow
def weighted(most: Row, rest: int) -> list[int]:
    return gw.map_task(add)(
        x=gw.each([most.x, rest, most.x]),
        y=gw.from_item(lambda item: gw.coalesce(most.weight, item.x)),
    )


@gw.task
def product(row: Row, weight: int, plus: int) -> int:
    return row.x * weight + plus


@gw.workflow
def products(rows: list[Row], plus: int) -> list[int]:
    more = add(x=plus)
    return gw.map_task(product)(
        row=rows,
        weight=gw.from_item(lambda item: gw.coalesce(item.row.weight, more)),
        plus=gw.from_item(lambda _: plus),
    )


@gw.workflow
def chosen(rows: list[Row], plus: int) -> list[int]:
    return gw.conditional(
        plus > 0,
        then=lambda: gw.map_task(doubled)(
            x=gw.each([1, 2]), by=gw.from_item(lambda item: gw.coalesce(rows[0].weight, item.x))
        ),
        otherwise=lambda: gw.map_task(add)(x=[plus]),
    )


@gw.workflow
def tolerant(xs: list[int]) -> list[int | None]:
    return gw.map_task(doubled, min_successes=2)(x=xs)


@gw.task
def pick(row: list[int], second: int) -> int:
    return row[0] * 10 + second


@gw.workflow
def seconds(rows: list[list[int]]) -> list[int | None]:
    return gw.map_task(pick, min_successes=0)(row=rows, second=gw.from_item(lambda item: item.row[1]))


@gw.workflow
def leaking(rows: list[Row]) -> int:
    leaked: list[int] = []
    gw.map_task(product)(row=rows, weight=gw.from_item(lambda item: leaked.append(item.row.x) or 1), plus=1)
    return add(x=leaked[0])


def test_workflows_and_launch_plans_are_mapped():
    assert many(xs=[1, 2, 3]) == ([5, 6, 7], [25, 26, 27], [1, 2, 3])
    assert node(many).name == "some"


def test_failures_inside_a_mapped_workflow_are_none_where_they_are_allowed():
    assert tolerant(xs=[-1, 2, 3]) == [None, 6, 7]


def test_a_map_over_a_workflow_is_a_loop_outside_of_one():
    assert gw.map_task(doubled)(x=[1, 2]) == [5, 6]
    assert gw.map_task(by_ten)(x=[1, 2]) == [21, 22]


def test_inputs_are_made_of_the_item():
    rows = [Row(1, 5), Row(2), Row(3, 7)]
    assert products(rows=rows, plus=10) == [15, 32, 31]
    assert weighted(most=Row(1, 5), rest=2) == [6, 7, 6]
    assert chosen(rows=rows, plus=1) == [11, 12]
    assert chosen(rows=[Row(1)], plus=1) == [3, 6]


def test_inputs_are_made_of_the_item_outside_of_a_workflow():
    assert gw.map_task(product)(row=[Row(1, 5), Row(2)], weight=gw.from_item(lambda item: item.row.x), plus=1) == [2, 5]


def test_an_item_without_the_part_that_an_input_is_made_of_fails_alone():
    assert seconds(rows=[[1, 2], [3], [4, 5]]) == [12, None, 45]


def test_an_item_is_in_sight_of_its_map_alone():
    with pytest.raises(CompileFailed, match="there are map items inside a map node only"):
        leaking(rows=[Row(1)])
