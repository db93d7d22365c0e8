"""What a workflow's body becomes: nodes, bindings, outputs."""

import dataclasses
from typing import Any, NamedTuple

import godwit as gw
import pytest
from godwit.errors import DeclarationError, PromiseAttributeError
from godwit.expression import (
    Access,
    AllOf,
    AnyOf,
    Coalesce,
    Comparison,
    Constant,
    DropNone,
    FieldStep,
    IndexStep,
    InputReference,
    IsNone,
    KeyStep,
    ListExpression,
    MapExpression,
    Membership,
    Negation,
    Operator,
    OutputReference,
    RecordExpression,
)


@dataclasses.dataclass
class Settings:
    rate: float
    rounds: int = 3


class Halves(NamedTuple):
    left: list[int]
    right: list[int]


@gw.task
def increase(x: int) -> int:
    return x + 1


@gw.task
def halve(xs: list[int]) -> Halves:
    return Halves(xs[::2], xs[1::2])


@gw.task
def pair(x: int) -> tuple[int, str]:
    return x, str(x)


@gw.task
def forget(x: int) -> None:
    _ = x


@gw.task
def fit(settings: Settings, weights: dict[str, float]) -> dict[str, list[Settings]]:
    return {str(weights): [settings]}


@gw.task
def report(ok: bool) -> str:
    return str(ok)


def bindings(workflow: Any, node: int = -1) -> dict[str, Any]:
    return dict(workflow.trace.nodes[node].inputs)


def test_outside_of_a_workflow_a_task_is_its_function():
    assert increase(x=1) == 2
    assert increase(1) == 2
    assert pair(x=2) == (2, "2")


def test_literal_input_and_node_output_are_bound():
    @gw.workflow
    def flow(x: int) -> int:
        return increase(x=increase(x=increase(x=x)))

    first, second, third = flow.trace.nodes
    assert [node.id for node in flow.trace.nodes] == ["n0", "n1", "n2"]
    assert first.inputs == (("x", InputReference("x")),)
    assert second.inputs == (("x", OutputReference("n0", "result")),)
    assert flow.trace.outputs == [("result", OutputReference(third.id, "result"))]


def test_constant_keeps_its_value_and_annotation():
    @gw.workflow
    def flow() -> int:
        return increase(x=41)

    constant = bindings(flow)["x"]
    assert isinstance(constant, Constant)
    assert (constant.value, constant.annotation) == (41, int)


def test_defaults_are_left_to_the_compiler():
    @gw.task
    def scale(x: int, factor: int = 2) -> int:
        return x * factor

    @gw.workflow
    def flow() -> int:
        return scale(x=1)

    assert list(bindings(flow)) == ["x"]


def test_a_task_with_a_tuple_gives_one_promise_for_each():
    @gw.workflow
    def flow() -> tuple[str, int]:
        number, text = pair(x=1)
        return text, number

    assert flow.trace.outputs == [
        ("result_0", OutputReference("n0", "result_1")),
        ("result_1", OutputReference("n0", "result_0")),
    ]


def test_a_named_tuple_gives_its_fields():
    @gw.workflow
    def flow(xs: list[int]) -> Halves:
        halves = halve(xs=xs)
        return Halves(left=halves.right, right=halves.left)

    assert flow.trace.outputs == [
        ("left", OutputReference("n0", "right")),
        ("right", OutputReference("n0", "left")),
    ]


def test_outputs_are_named_by_the_decorator():
    @gw.task(outputs=["number", "text"])
    def named(x: int) -> tuple[int, str]:
        return x, str(x)

    @gw.workflow(outputs=["answer"])
    def flow() -> str:
        _, text = named(x=1)
        return text

    assert flow.trace.outputs == [("answer", OutputReference("n0", "text"))]


def test_one_name_for_a_tuple_makes_it_one_output():
    @gw.task(outputs=["point"])
    def where() -> tuple[int, int]:
        return 1, 2

    assert [output.name for output in where.signature.outputs] == ["point"]
    assert where.signature.unpack((1, 2)) == ((1, 2),)


def test_fields_items_and_keys_of_promises():
    @gw.workflow
    def flow(settings: Settings) -> float:
        result = fit(settings=settings, weights={})
        return result["best"][-1].rate

    (_, value), *_ = flow.trace.outputs
    assert isinstance(value, Access)
    key, index, field = value.steps
    assert isinstance(key, KeyStep)
    assert (key.key, key.annotation) == ("best", str)
    assert (index, field) == (IndexStep(-1), FieldStep("rate"))


def test_a_promise_of_a_fixed_tuple_unpacks():
    @gw.task(outputs=["point"])
    def where() -> tuple[int, int]:
        return 1, 2

    @gw.workflow
    def flow() -> int:
        _, y = where()
        return y

    assert flow.trace.outputs == [("result", Access(OutputReference("n0", "point"), (IndexStep(1),)))]


def test_promises_inside_of_records_lists_and_maps():
    @gw.workflow
    def flow(rate: float) -> int:
        fit(settings=Settings(rate=rate), weights={"a": rate, "b": 0.5})
        halve(xs=[increase(x=1), 2])
        return increase(x=3)

    settings = bindings(flow, 0)["settings"]
    assert isinstance(settings, RecordExpression)
    assert settings.record is Settings
    assert settings.fields[0] == ("rate", InputReference("rate"))
    weights = bindings(flow, 0)["weights"]
    assert isinstance(weights, MapExpression)
    assert [(key.value, key.annotation) for key, _ in weights.entries] == [("a", str), ("b", str)]
    xs = bindings(flow, 2)["xs"]
    assert isinstance(xs, ListExpression)
    assert xs.items[0] == OutputReference("n1", "result")


def test_chains_of_conditions_do_not_nest():
    @gw.workflow
    def flow(x: int) -> str:
        ok = x > 0
        for limit in range(1, 100):
            ok = ok & (x > limit) if limit % 2 else (x > limit) & ok
        return report(ok=(ok | (x == 0)) | ((x == 1) | (x == 2)))

    either = bindings(flow, 0)["ok"]
    assert isinstance(either, AnyOf)
    both, *others = either.operands
    assert isinstance(both, AllOf)
    assert len(both.operands) == 100
    assert len(others) == 3


def test_conditions_become_expressions():
    @gw.workflow
    def flow(x: int, y: int | None, names: list[str], xs: list[int | None]) -> str:
        report(ok=(x > 3) & ~(x == 5) | gw.is_none(y))
        report(ok=gw.is_in("a", names))
        increase(x=gw.coalesce(y, 7))
        halve(xs=gw.drop_none(xs))
        return report(ok=x < gw.coalesce(y, 1))

    ok = bindings(flow, 0)["ok"]
    assert isinstance(ok, AnyOf)
    assert isinstance(ok.operands[0], AllOf)
    greater, negation = ok.operands[0].operands
    assert isinstance(greater, Comparison)
    assert greater.operator is Operator.GREATER
    assert isinstance(negation, Negation)
    assert ok.operands[1] == IsNone(InputReference("y"))
    assert isinstance(bindings(flow, 1)["ok"], Membership)
    assert isinstance(bindings(flow, 2)["x"], Coalesce)
    assert bindings(flow, 3)["xs"] == DropNone(InputReference("xs"))


def test_conditions_on_values_are_plain():
    assert gw.is_none(None)
    assert not gw.is_none(0)
    assert gw.is_in(1, [1, 2])
    assert gw.coalesce(None, 3) == 3
    assert gw.drop_none([1, None, 0]) == [1, 0]


def test_sub_workflows_are_nodes():
    @gw.workflow
    def inner(x: int = 1) -> tuple[int, int]:
        return increase(x=x), x

    @gw.workflow
    def outer() -> int:
        inner(x=2)
        _, second = inner()
        return increase(x=second)

    assert [node.callee for node in outer.trace.nodes] == [inner, inner, increase]


def test_overrides_belong_to_the_call():
    @gw.workflow
    def flow() -> int:
        stubborn = increase.with_overrides(retries=5, name="try hard").with_overrides(timeout=60)
        return increase(x=stubborn(x=1))

    first, second = flow.trace.nodes
    assert first.callee is second.callee is increase
    assert first.overrides.retries == gw.Retry(5)
    assert first.overrides.name == "try hard"
    assert first.overrides.timeouts is not None
    assert second.overrides.retries is None


def test_overrides_outside_of_a_workflow_call_the_function():
    assert increase.with_overrides(retries=5)(x=1) == 2


def test_cache_is_switched_off_by_an_override():
    @gw.workflow
    def flow() -> int:
        return increase.with_overrides(cache=False)(x=1)

    assert flow.trace.nodes[0].overrides.cache is False


def test_cache_is_switched_on_by_an_override():
    @gw.workflow
    def flow() -> int:
        return increase.with_overrides(cache=True)(x=1)

    assert flow.trace.nodes[0].overrides.cache == gw.Cache(version="auto")


def test_order_without_data():
    @gw.workflow
    def flow(x: int) -> int:
        first = forget.node(x=x)
        halves = halve(xs=[1])
        last = increase.after(first, halves).after(halves.left)(x=1)
        inner = sub.after(last)(x=x)
        return increase.after(inner == 3)(x=2)

    @gw.workflow
    def sub(x: int) -> int:
        return increase(x=x)

    assert [node.after for node in flow.trace.nodes] == [(), (), ("n0", "n1"), ("n2",), ("n3",)]


def test_the_result_of_a_task_without_outputs_orders_too():
    @gw.workflow
    def flow() -> None:
        first: Any = forget(x=1)
        forget.after(first)(x=2)

    assert flow.trace.nodes[1].after == ("n0",)
    assert flow.trace.outputs == []


def test_tracing_happens_once_and_on_first_use():
    seen = []

    @gw.workflow
    def flow() -> int:
        seen.append("traced")
        return increase(x=1)

    assert seen == []
    assert flow.trace is flow.trace
    assert seen == ["traced"]


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (increase, "POSITIONAL_ARGUMENT", r"increase\(x=…\)"),
        (lambda x: increase(y=x), "UNKNOWN_PARAMETER", "no input y. There are: x"),
        (lambda x: fit(setings=x), "UNKNOWN_PARAMETER", "Did you mean settings?"),
        (lambda _: increase(), "UNBOUND_PARAMETER", "without x"),
        (lambda x: increase.after(3)(x=x), "NOT_A_NODE", "results of calls"),
        (lambda x: halve(xs={x}), "OPERATOR_ON_PROMISE", "a set with promises"),
        (lambda x: fit(settings=1, weights={x: 1.0}), "OPERATOR_ON_PROMISE", "key of a dict"),
    ],
)
def test_calls_that_do_not_fit(call, code, message):
    @gw.workflow
    def flow(x: int) -> int:
        return call(x)

    with pytest.raises(gw.DeclarationError.__mro__[1], match=message) as caught:
        _ = flow.trace
    assert caught.value.code == code


@pytest.mark.parametrize(
    "use",
    [
        *(bool, iter, len, str, int, float, "{}".format, list, abs, round, bytes),
        *(lambda x: x + 1, lambda x: 2 * x, lambda x: -x, lambda x: 3 in x, lambda x: x & 1, lambda x: x[:1]),
        *(lambda x: x.__setitem__(0, 1), lambda x: [1, 2][x], lambda x: setattr(x, "field", 1)),
    ],
)
def test_promises_refuse_what_only_values_can_do(use):
    @gw.workflow
    def flow(x: int) -> int:
        use(x)
        return increase(x=x)

    with pytest.raises(gw.PromiseError) as caught:
        _ = flow.trace
    assert caught.value.hint


def test_unknown_fields_of_promises_are_named():
    @gw.workflow
    def flow(settings: Settings) -> float:
        return settings.rat

    with pytest.raises(PromiseAttributeError, match=r"no field rat\. Did you mean rate"):
        _ = flow.trace

    @gw.workflow
    def methods(text: str) -> str:
        return text.upper()

    with pytest.raises(PromiseAttributeError, match="promise of str has no attribute upper"):
        _ = methods.trace


def test_a_promise_of_another_workflow_is_refused():
    leaked: list[Any] = []

    @gw.workflow
    def first(x: int) -> int:
        leaked.append(x)
        return increase(x=x)

    @gw.workflow
    def second() -> int:
        return increase(x=leaked[0])

    _ = first.trace
    with pytest.raises(gw.PromiseError, match="another workflow"):
        _ = second.trace


def test_a_workflow_returns_what_it_says():
    @gw.workflow
    def nothing() -> int:
        increase(x=1)

    @gw.workflow
    def unannotated():
        return increase(x=1)

    @gw.workflow
    def too_few() -> tuple[int, int]:
        return increase(x=1)

    for flow, code in ((nothing, "MISSING_OUTPUT"), (unannotated, "UNANNOTATED_RETURN"), (too_few, "MISSING_OUTPUT")):
        with pytest.raises(DeclarationError) as caught:
            _ = flow.trace
        assert caught.value.code == code


def test_async_tasks_are_called_and_awaited():
    @gw.task
    async def fetch(x: int) -> int:
        return x + 1

    @gw.workflow
    def flow() -> int:
        return fetch(x=1)

    assert fetch(x=1) == 2
    assert flow.trace.outputs == [("result", OutputReference("n0", "result"))]


def test_what_goes_wrong_in_the_body_is_told_with_its_line():
    @gw.workflow
    def positional() -> int:
        return increase(1)

    @gw.workflow
    def failing() -> int:
        increase(x=1)
        raise KeyError("nowhere")

    with pytest.raises(DeclarationError, match=r"^test_sdk_tracing\.py:\d+: In a workflow, task increase is called"):
        _ = positional.trace
    with pytest.raises(DeclarationError, match=r"^test_sdk_tracing\.py:\d+: .* raised KeyError: 'nowhere'") as caught:
        _ = failing.trace
    assert caught.value.code == "BODY_FAILED"
