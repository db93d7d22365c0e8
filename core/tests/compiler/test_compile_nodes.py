"""Nodes of every kind but calls: what is checked of them."""

import pytest
from godwit_core.compiler.plan import GateKind, GatePlan
from godwit_core.compiler.problems import CompileFailed


def mapped(node_id="n0", target="m.half", **settings):
    return {"id": node_id, "map": {"target": {"task": {"name": target}}, **settings}}


def codes_of(errors):
    return [(str(error.code), error.node_id) for error in errors]


def found(specs, *workflows):
    """The codes of what is wrong; none where it compiles."""
    try:
        specs.compile(*workflows)
    except CompileFailed as failed:
        return codes_of(failed.errors)
    return []


def block(specs, *nodes, **values):
    return {"nodes": list(nodes), "outputs": specs.bound(**values)}


def branch(specs, *cases, **more):
    return {
        "id": "b",
        "branch": {
            "outputs": [{"name": "value", "type": specs.INT}],
            "cases": [{"condition": condition, "then": then} for condition, then in cases],
            **more,
        },
    }


def test_each_kind_of_gate_is_planned(specs):
    five = {"duration": specs.lit(duration="5s")}
    nodes = [
        {"id": "n0", "approve": {"prompt": "Sure?", "timeout": "5s"}},
        {"id": "n1", "displayName": "rate", "signal": {"name": "r", "type": specs.INT}, "after": ["n0"]},
        {"id": "n2", "sleep": five},
        specs.call("n3", "m.add", a=specs.out("n1", "value")),
    ]
    approve, signal, sleep, _ = specs.compile(specs.workflow(nodes=nodes)).root.nodes
    assert approve.gate == GatePlan(GateKind.APPROVE, "", "Sure?", None, 5.0)
    assert (signal.gate.kind, signal.gate.name, signal.gate.timeout_s) == (GateKind.SIGNAL, "r", None)
    assert (signal.name, signal.outputs, signal.upstream, signal.downstream) == ("rate", ("value",), (0,), (3,))
    assert sleep.gate.kind is GateKind.SLEEP
    assert [binding.name for binding in sleep.inputs] == ["duration"]


def test_a_failure_handler_is_checked_and_planned(specs):
    clean = specs.task("m.clean", {"x": specs.INT, "error": specs.simple("error")}, {})
    handler = {
        "target": {"task": {"name": "m.clean"}},
        "inputs": specs.bound(x=specs.given("x"), error={"handledError": {}}),
        "runOnAbort": True,
    }
    spec = specs.workflow(nodes=[specs.call("n0", "m.name")], inputs={"x": specs.INT}, onFailure=handler)
    planned = specs.compile(spec, tasks=[clean]).root.on_failure
    assert (planned.node.id, planned.node.index, planned.node.task.name) == ("on_failure", 1, "m.clean")
    assert [binding.name for binding in planned.node.inputs] == ["x", "error"]
    assert planned.run_on_abort
    handler["inputs"] = specs.bound(x=specs.out("n0"))
    assert specs.codes(spec, tasks=[clean]) == [("OUT_OF_SCOPE", ""), ("PARAMETER_NOT_BOUND", "")]
    handler["inputs"] = specs.bound(x=specs.given("x"), error={"handledError": {}})
    spec["body"]["nodes"][0]["id"] = "on_failure"
    assert specs.codes(spec, tasks=[clean]) == [("DUPLICATE_NODE_ID", "")]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"over": []}, "MAP_WITHOUT_LIST"),
        ({"concurrency": 0}, "INVALID_SETTING"),
        ({"minSuccesses": "-1"}, "INVALID_SETTING"),
        ({"minSuccessRatio": 1.5}, "INVALID_SETTING"),
        ({"minSuccessRatio": "NaN"}, "INVALID_SETTING"),
        ({"overrides": {"retries": {"jitter": 3}}}, "INVALID_SETTING"),
    ],
)
def test_settings_of_a_map(specs, settings, code):
    node = mapped(**{"over": specs.bound(x=specs.lit(floats={"items": [1]})), **settings})
    assert (code, "n0") in codes_of(specs.errors(specs.workflow(nodes=[node])))


def test_a_map_goes_over_lists_of_what_its_target_takes(specs):
    def codes(**settings):
        nodes = [specs.call("many", "m.many"), specs.call("name", "m.name"), mapped("n0", "m.add", **settings)]
        return found(specs, specs.workflow(nodes=nodes))

    numbers, text = specs.out("many"), specs.out("name")
    assert codes(over=specs.bound(a=numbers), inputs=specs.bound(b=specs.lit(intValue="1"))) == []
    assert codes(over=specs.bound(a=numbers), inputs=specs.bound(b={"mapItem": "a"})) == []
    assert codes(over=specs.bound(a=numbers), inputs=specs.bound(b={"mapItem": "c"})) == [("UNKNOWN_INPUT", "n0")]
    assert codes(over=specs.bound(a=text)) == [("MISMATCHING_TYPES", "n0")]
    assert codes(over=specs.bound(a=specs.items(text))) == [("MISMATCHING_TYPES", "n0")]
    assert codes(over=specs.bound(a=numbers, z=numbers)) == [("UNKNOWN_PARAMETER", "n0")]
    assert codes(over=specs.bound(b=numbers)) == [("PARAMETER_NOT_BOUND", "n0")]
    assert codes(over=specs.bound(a=numbers) * 2) == [("PARAMETER_BOUND_TWICE", "n0")]
    assert codes(over=specs.bound(a=numbers), inputs=specs.bound(a=numbers)) == [("PARAMETER_BOUND_TWICE", "n0")]


def test_a_map_gives_lists_whose_items_may_be_none_where_failures_are_tolerated(specs):
    over = specs.bound(x=specs.lit(floats={"items": [1]}))
    reader = specs.call("n1", "m.mean", xs=specs.out("n0"))
    assert found(specs, specs.workflow(nodes=[mapped(over=over), reader])) == []
    tolerant = specs.workflow(nodes=[mapped(over=over, minSuccesses="1"), reader])
    assert codes_of(specs.errors(tolerant)) == [("MISMATCHING_TYPES", "n1")]


def test_a_map_over_a_workflow_or_launch_plan_binds_what_is_fixed(specs):
    node = specs.call("n0", "m.add", a=specs.given("x"), b=specs.given("y"))
    interface = {"inputs": {"x": specs.INT, "y": specs.INT}, "outputs": {"result": specs.INT}}
    inner = specs.workflow("m.inner", nodes=[node], values={"result": specs.out("n0")}, **interface)
    fixed = {"id": {"name": "m.fixed"}, "workflow": {"name": "m.inner"}}
    fixed["fixedInputs"] = [{"name": "y", "value": specs.integer(5)}]
    over = specs.bound(x=specs.lit(ints={"items": ["1", "2"]}))
    target = {"workflow": {"name": "m.inner"}}
    both = {"inputs": specs.bound(y=specs.lit(intValue="3")), "over": over}
    nodes = [
        {"id": "n0", "map": {"target": target, **both}},
        {"id": "n1", "map": {"target": {"launchPlan": {"name": "m.fixed"}}, "over": over}},
    ]
    plan = specs.compile(specs.workflow(nodes=nodes), inner, launch_plans=[fixed])
    first, second = plan.root.nodes
    assert (first.map.task, first.map.workflow) == (None, plan.workflows[1])
    assert (first.task, first.workflow, first.outputs) == (None, None, ("result",))
    assert second.map.workflow is first.map.workflow
    assert [[binding.name for binding in node.inputs] for node in (first, second)] == [["x", "y"]] * 2
    assert second.map.order == ("x", "y")
    overridden = {"id": "n0", "map": {"target": target, **both, "overrides": {"retries": {"maxRetries": 3}}}}
    assert found(specs, specs.workflow(nodes=[overridden]), inner) == [("INVALID_OVERRIDE", "n0")]


def test_a_map_captures_what_values_made_of_the_item_refer_to(specs):
    either = {"coalesce": {"items": [specs.out("maybe"), specs.given("x"), {"mapItem": "a"}]}}
    maybe = specs.call("maybe", "m.maybe")
    node = mapped("n0", "m.add", over=specs.bound(a=specs.out("maybe", "items")), inputs=specs.bound(b=either))
    workflow = specs.workflow(nodes=[maybe, node], inputs={"x": specs.nullable(specs.INT)})
    assert found(specs, workflow) == [("MISMATCHING_TYPES", "n0")]
    node["map"]["over"] = specs.bound(a=specs.lit(ints={"items": ["1"]}))
    plan = specs.compile(specs.workflow(nodes=[maybe, node], inputs={"x": specs.nullable(specs.INT)})).root.nodes[1]
    assert [binding.name for binding in plan.inputs] == ["a", "maybe.result", ".x"]
    assert [binding.name for binding in plan.map.made] == ["b"]
    assert (plan.map.order, plan.upstream) == (("a", "b"), (0,))


def test_a_workflow_that_maps_itself_is_recursive(specs):
    over = specs.bound(xs=specs.lit(list={"items": []}))
    node = {"id": "n0", "map": {"target": {"workflow": {"name": "m.w"}}, "over": over}}
    itself = specs.workflow(nodes=[node], inputs={"xs": specs.listed(specs.INT)})
    assert "RECURSION" in dict(found(specs, itself))


def test_a_branch_has_cases_and_a_default(specs):
    errors = specs.errors(specs.workflow(nodes=[branch(specs)]))
    assert codes_of(errors) == [("BRANCH_WITHOUT_CASE", "b"), ("BRANCH_WITHOUT_DEFAULT", "b")]


def test_a_condition_is_a_bool_and_each_block_gives_every_output(specs):
    three = specs.lit(intValue="3")
    nodes = [
        specs.call("name", "m.name"),
        specs.call("ask", "m.ask"),
        branch(
            specs,
            (specs.out("name"), block(specs, value=three)),
            (specs.out("ask"), block(specs)),
            otherwise=block(specs, value=specs.out("name"), more=three),
        ),
    ]
    assert codes_of(specs.errors(specs.workflow(nodes=nodes))) == [
        ("CONDITION_NOT_BOOL", "b"),
        ("OUTPUT_NOT_BOUND", "b"),
        ("MISMATCHING_TYPES", "b"),
        ("UNKNOWN_OUTPUT", "b"),
    ]


def test_a_block_sees_the_nodes_around_it_and_not_those_beside_it(specs):
    inner = block(specs, specs.call("i", "m.add", a=specs.out("outer")), value=specs.out("i"))
    other = block(specs, specs.call("j", "m.add", a=specs.out("i"), after=["i"]), value=specs.out("i"))
    nodes = [
        specs.call("outer", "m.add", a=specs.lit(intValue="1")),
        branch(specs, (specs.compared(specs.out("outer"), specs.lit(intValue="1")), inner), otherwise=other),
        specs.call("late", "m.add", a=specs.out("i")),
    ]
    assert codes_of(specs.errors(specs.workflow(nodes=nodes))) == [
        ("OUT_OF_SCOPE", "b"),
        ("OUT_OF_SCOPE", "j"),
        ("OUT_OF_SCOPE", "j"),
        ("OUT_OF_SCOPE", "late"),
    ]


def test_a_block_that_reads_a_reader_of_its_branch_makes_a_cycle(specs):
    inner = block(specs, specs.call("i", "m.add", a=specs.out("late")), value=specs.out("i"))
    nodes = [
        branch(specs, (specs.lit(boolValue=True), inner), fail="no"),
        specs.call("late", "m.add", a=specs.out("b", "value")),
    ]
    assert codes_of(specs.errors(specs.workflow(nodes=nodes))) == [("CYCLE", "b")]


def test_ids_are_distinct_in_inner_blocks_too(specs):
    inner = block(specs, specs.call("n", "m.name"), value=specs.lit(intValue="1"))
    nodes = [branch(specs, (specs.lit(boolValue=True), inner), fail="no"), specs.call("n", "m.name")]
    assert codes_of(specs.errors(specs.workflow(nodes=nodes))) == [("DUPLICATE_NODE_ID", "n")]


def test_gates_are_checked(specs):
    nodes = [
        {"id": "n0", "approve": {"timeout": "-5s"}},
        {"id": "n1", "signal": {"type": {}, "timeout": "0s"}},
        {"id": "n2", "sleep": {"duration": specs.lit(intValue="5")}},
        {"id": "n3", "sleep": {}},
    ]
    assert codes_of(specs.errors(specs.workflow(nodes=nodes))) == [
        ("NEGATIVE_DURATION", "n0"),
        ("INVALID_TYPE", "n1"),
        ("INVALID_SETTING", "n1"),
        ("INVALID_VALUE", "n2"),
        ("UNSPECIFIED", "n3"),
    ]
