"""Launch plans: workflows with inputs that are given already."""

import godwit as gw
import pytest
from godwit.errors import DeclarationError
from godwit.loader import load_module
from godwit_plugin_api.errors import GodwitError, InvalidInput


@gw.task
def add(x: int, y: int) -> int:
    return x + y


@gw.workflow
def adding(x: int, y: int, scale: float = 1.0) -> int:
    _ = scale
    return add(x=x, y=y)


def test_it_takes_what_is_not_fixed_with_its_own_defaults():
    plan = gw.LaunchPlan(adding, default_inputs={"y": 7}, fixed_inputs={"scale": 2.0})
    assert [(entry.name, entry.default) for entry in plan.signature.parameters if entry.name == "y"] == [("y", 7)]
    assert [entry.name for entry in plan.signature.parameters] == ["x", "y"]
    assert plan.signature.outputs == adding.signature.outputs


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ({"default_inputs": {"z": 1}}, "UNKNOWN_PARAMETER", "gives input z"),
        ({"fixed_inputs": {"scal": 1.0}}, "UNKNOWN_PARAMETER", "Did you mean scale"),
        ({"default_inputs": {"x": 1}, "fixed_inputs": {"x": 1}}, "INVALID_SETTING", "x both a default and a fixed"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(arguments, code, words):
    with pytest.raises(DeclarationError) as caught:
        _ = gw.LaunchPlan(adding, **arguments).signature
    assert caught.value.code == code
    assert words in str(caught.value)


def test_only_workflows_have_launch_plans():
    with pytest.raises(DeclarationError, match="a workflow"):
        gw.LaunchPlan(add)


def test_a_fixed_input_cannot_be_given_in_a_workflow():
    plan = gw.LaunchPlan(adding, fixed_inputs={"y": 7})

    @gw.workflow
    def flow() -> int:
        return plan(x=1, y=2)

    with pytest.raises(DeclarationError, match="has no input y"):
        _ = flow.trace


FLOW = """
    @gw.task
    def add(x: int, y: int) -> int:
        return x + y

    @gw.workflow
    def adding(x: int, y: int) -> int:
        return add(x=x, y=y)

    seven = gw.LaunchPlan(adding, default_inputs={"x": 1}, fixed_inputs={"y": 7}, description="Add seven.",
                          labels={"team": "a"})
    named = gw.LaunchPlan(adding, name="acme.named", default_inputs={"y": 1})
"""
NODES = """
    @gw.workflow
    def twice(x: int) -> int:
        first = seven(x=x)
        return named.with_overrides(name="second").after(first)(x=seven(x=first))
"""


def test_a_launch_plan_is_an_entity(load_source):
    source = load_source(FLOW)
    assert [(entry.name, entry.full_name, entry.kind, entry.summary) for entry in source.entities()][2:] == [
        ("seven", "flow.seven", "launch_plan", "Add seven."),
        ("named", "acme.named", "launch_plan", ""),
    ]
    bundle = source.registration("seven").bundle
    assert [spec.id.name for spec in bundle.workflows] == ["flow.adding"]
    (spec,) = bundle.launch_plans
    assert (spec.id.name, spec.workflow.name, spec.description) == ("flow.seven", "flow.adding", "Add seven.")
    assert [(entry.name, entry.value.int_value) for entry in spec.default_inputs] == [("x", 1)]
    assert [(entry.name, entry.value.int_value) for entry in spec.fixed_inputs] == [("y", 7)]
    assert [(label.key, label.value) for label in spec.labels] == [("team", "a")]
    assert len(source.registration().bundle.launch_plans) == 2


def test_an_input_of_the_wrong_type_is_named(load_source):
    with pytest.raises(InvalidInput, match="Input y of launch plan wrong: expected int"):
        load_source(FLOW + '\n    wrong = gw.LaunchPlan(adding, fixed_inputs={"y": "a"})\n').registration()


def test_a_launch_plan_runs(write_source):
    flows = load_module(write_source(FLOW, "planned_flows.py"))
    assert flows.seven() == 8
    assert flows.seven(x=3) == 10
    assert flows.named(x=3) == 4
    assert flows.named(x=3, y=3) == 6
    with pytest.raises(GodwitError, match="no input y"):
        flows.seven(y=1)


def test_the_spec_of_a_node_that_calls_a_launch_plan(load_source):
    bundle = load_source(FLOW + NODES).registration("twice").bundle
    spec = next(entry for entry in bundle.workflows if entry.id.name == "flow.twice")
    assert [node.call.target.launch_plan.name for node in spec.body.nodes] == ["flow.seven", "flow.seven", "acme.named"]
    assert spec.body.nodes[2].display_name == "second"
    assert [plan.id.name for plan in bundle.launch_plans] == ["acme.named", "flow.seven"]


def test_a_launch_plan_runs_as_a_node(write_source):
    flows = load_module(write_source(FLOW + NODES, "planning_flows.py"))
    assert flows.twice(x=1) == 1 + 7 + 7 + 1
