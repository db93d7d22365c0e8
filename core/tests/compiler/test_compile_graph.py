"""Graphs: names, references, bindings, order."""

import pytest
from godwit_core.compiler.plan import Cast, Computed, Constant, InputSource, OutputSource
from godwitidl.core.v1.values_pb2 import Literal


def test_all_errors_come_at_once_by_entity_then_by_node(specs):
    inner = specs.workflow("m.inner", [specs.call("x", "m.half")], outputs={"result": specs.FLOAT})
    outer = specs.workflow(
        nodes=[
            specs.call("n0", "m.add", a=specs.out("n9"), c=specs.lit(intValue="1")),
            specs.call("n1", "m.half", x=specs.lit(stringValue="a")),
            specs.call("n2", "m.inner", kind="workflow"),
            specs.call("n3", "m.gone"),
        ]
    )
    errors = specs.errors(outer, inner)
    assert [(error.entity, error.node_id, str(error.code)) for error in errors] == [
        ("m.w", "n0", "UNKNOWN_NODE"),
        ("m.w", "n0", "UNKNOWN_PARAMETER"),
        ("m.w", "n1", "INVALID_VALUE"),
        ("m.w", "n3", "UNKNOWN_TASK"),
        ("m.inner", "", "OUTPUT_NOT_BOUND"),
        ("m.inner", "x", "PARAMETER_NOT_BOUND"),
    ]


def test_errors_become_the_contracts_message(specs):
    with pytest.raises(Exception, match="does not compile, 1 error") as caught:
        specs.compile(specs.workflow(nodes=[specs.call("n0", "m.half")]))
    (error,) = caught.value.to_message().errors
    assert (error.code, error.entity, error.node_id) == ("PARAMETER_NOT_BOUND", "m.w", "n0")
    assert error.message == "parameter 'x' of task 'm.half', of type float, is not bound."


def test_unknown_entity_suggests_a_close_one(specs):
    (error,) = specs.errors(entity="m.tota")
    assert error.code == "UNKNOWN_ENTITY"
    assert error.hint == "Did you mean 'm.total'?"


def test_one_name_for_a_task_and_a_workflow_is_ambiguous(specs):
    spec = specs.workflow("m.add", [specs.call("n0", "m.name")])
    assert specs.codes(spec, entity="m.add") == [("AMBIGUOUS_ENTITY", "")]


@pytest.mark.parametrize(
    ("kind", "code"),
    [("task", "UNKNOWN_TASK"), ("workflow", "UNKNOWN_WORKFLOW"), ("launch_plan", "UNKNOWN_LAUNCH_PLAN")],
)
def test_unknown_target(specs, kind, code):
    spec = specs.workflow(nodes=[specs.call("n0", "m.gone", kind=kind, x=specs.out("n0", "whatever"))])
    assert (code, "n0") in specs.codes(spec)


def test_a_target_of_another_version_is_not_supported(specs):
    node = specs.call("n0", "m.name")
    node["call"]["target"]["task"]["version"] = "2"
    assert specs.codes(specs.workflow(nodes=[node])) == [("NOT_SUPPORTED", "n0")]


def test_unknown_references_suggest_close_ones(specs):
    nodes = [
        specs.call("load", "m.name"),
        specs.call("n1", "m.add", a=specs.out("lod")),
        specs.call("n2", "m.add", a=specs.out("load", "reslt")),
        specs.call("n3", "m.add", a=specs.given("siz")),
        specs.call("n4", "m.add", a=specs.lit(intValue="1"), after=["lad"]),
    ]
    errors = specs.errors(specs.workflow(nodes=nodes, inputs={"size": specs.INT}))
    assert [str(error.code) for error in errors] == ["UNKNOWN_NODE", "UNKNOWN_OUTPUT", "UNKNOWN_INPUT", "UNKNOWN_NODE"]
    assert [error.hint for error in errors] == [
        f"Did you mean {name!r}?" for name in ("load", "result", "size", "load")
    ]


def test_unknown_parameter_and_twice_bound_parameter(specs):
    node = specs.call("n0", "m.add", a=specs.lit(intValue="1"))
    node["call"]["inputs"] += specs.bound(a=specs.lit(intValue="2"), z=specs.lit(intValue="3"))
    assert specs.codes(specs.workflow(nodes=[node])) == [("PARAMETER_BOUND_TWICE", "n0"), ("UNKNOWN_PARAMETER", "n0")]


def test_outputs_are_bound_once_each(specs):
    spec = specs.workflow(nodes=[specs.call("n0", "m.name")], outputs={"a": specs.STRING, "b": specs.STRING})
    spec["body"]["outputs"] = specs.bound(a=specs.out("n0"), z=specs.out("n0")) + specs.bound(a=specs.out("n0"))
    codes = [code for code, _ in specs.codes(spec)]
    assert sorted(codes) == ["OUTPUT_BOUND_TWICE", "OUTPUT_NOT_BOUND", "UNKNOWN_OUTPUT"]


def test_a_cycle_is_told_with_its_path_and_what_lies_behind_it(specs):
    nodes = [
        specs.call("a", "m.add", a=specs.out("c")),
        specs.call("b", "m.add", a=specs.out("a")),
        specs.call("c", "m.add", a=specs.out("b")),
        specs.call("d", "m.add", a=specs.out("c")),
        specs.call("e", "m.name", after=["e"]),
        specs.call("f", "m.name"),
    ]
    errors = specs.errors(specs.workflow(nodes=nodes))
    assert [(str(error.code), error.node_id) for error in errors] == [
        ("CYCLE", "a"),
        ("UNREACHABLE_NODE", "d"),
        ("CYCLE", "e"),
    ]
    assert "a → b → c → a" in errors[0].message


def test_recursion_of_workflows(specs):
    first = specs.workflow("m.w", [specs.call("n0", "m.v", kind="workflow")])
    second = specs.workflow("m.v", [specs.call("n0", "m.w", kind="workflow")])
    (error,) = specs.errors(first, second)
    assert error.code == "RECURSION"
    assert "m.w → m.v → m.w" in error.message


def test_an_empty_workflow(specs):
    assert specs.codes(specs.workflow()) == [("EMPTY_WORKFLOW", "")]


def test_a_workflow_may_only_pass_an_input_through(specs):
    spec = specs.flow(specs.given("x"), specs.INT, nodes=[], inputs={"x": specs.INT})
    assert specs.compile(spec).root.outputs[0].source == InputSource("x")


def test_names(specs):
    spec = specs.workflow(
        nodes=[specs.call("0n", "m.name"), specs.call("n", "m.name"), specs.call("n", "m.name")],
        inputs={"a b": specs.INT},
    )
    codes = specs.codes(spec, tasks=[specs.task("has space", {}, {}), specs.task("m.name", {}, {})])
    assert codes == [
        ("BAD_NAME", ""),
        ("BAD_NAME", ""),
        ("BAD_NAME", "0n"),
        ("DUPLICATE_NODE_ID", "n"),
        ("DUPLICATE_ENTITY", ""),
    ]


def test_names_of_inputs_and_outputs_are_distinct(specs):
    twice = specs.task("m.twice", {"a": specs.INT}, {"b": specs.INT})
    twice["interface"]["inputs"] *= 2
    twice["interface"]["outputs"] *= 2
    assert specs.codes(entity="m.twice", tasks=[twice]) == [("DUPLICATE_INPUT", ""), ("DUPLICATE_OUTPUT", "")]


def test_types_of_interfaces_are_valid_and_defaults_are_of_them(specs):
    tasks = [
        specs.task(
            "m.wrong",
            {
                "a": {"type": {"tuple": {"items": [{}]}}},
                "b": {"type": specs.INT, "defaultValue": {"stringValue": "x"}},
                "c": {"type": specs.FLOAT, "defaultValue": specs.integer(1)},
            },
            {"d": {"type": {"enum": {"symbols": ["A", "A"]}}}},
        )
    ]
    codes = [code for code, _ in specs.codes(entity="m.wrong", tasks=tasks)]
    assert codes == ["INVALID_TYPE", "INVALID_DEFAULT", "INVALID_DEFAULT", "INVALID_TYPE"]


def test_nothing_more_is_said_of_what_depends_on_something_wrong(specs):
    bad = specs.task("m.bad", {"a": {"type": {}}}, {"result": {"type": {}}})
    nodes = [
        specs.call("n0", "m.bad", a=specs.lit(none={})),
        specs.call("n1", "m.add", a=specs.out("n0")),
        specs.call("n2", "m.gone", y=specs.out("n1")),
        specs.call("n3", "m.add", a=specs.access(specs.out("n0"), {"field": "x"})),
    ]
    codes = specs.codes(specs.workflow(nodes=nodes), tasks=[bad])
    assert codes == [("UNKNOWN_TASK", "n2"), ("INVALID_TYPE", ""), ("INVALID_TYPE", "")]


def test_the_policy_must_be_said(specs):
    spec = specs.workflow(nodes=[specs.call("n0", "m.name")])
    del spec["failurePolicy"]
    assert specs.codes(spec) == [("UNSPECIFIED", "")]


def test_empty_messages_are_unspecified(specs):
    nodes = [{"id": "n0"}, {"id": "n1", "call": {}}, specs.call("n2", "m.add", a={})]
    assert specs.codes(specs.workflow(nodes=nodes)) == [("UNSPECIFIED", node) for node in ("n0", "n1", "n2")]


def test_sub_workflows_are_planned_once_and_take_their_defaults(specs):
    inner = specs.workflow(
        "m.inner",
        [specs.call("n0", "m.add", a=specs.given("x"))],
        inputs={"x": {"type": specs.INT, "defaultValue": specs.integer(3)}},
        outputs={"result": specs.INT},
        values={"result": specs.out("n0")},
    )
    outer = specs.workflow(
        nodes=[specs.call("a", "m.inner", kind="workflow"), specs.call("b", "m.inner", kind="workflow")],
        failurePolicy="FAILURE_POLICY_RUN_WHAT_CAN_RUN",
    )
    plan = specs.compile(outer, inner)
    first, second = plan.root.nodes
    assert first.workflow is second.workflow is plan.workflows[1]
    assert [workflow.key for workflow in plan.workflows] == [0, 1]
    assert (plan.root.run_what_can_run, plan.workflows[1].run_what_can_run) == (True, False)
    source = first.inputs[0].source
    assert isinstance(source, Constant)
    assert Literal.FromString(source.value).int_value == 3


def test_calls_through_several_layers_are_planned_children_first(specs):
    def layer(name, *callees):
        return specs.workflow(
            name, [specs.call(f"n{i}", callee, kind=kind) for i, (callee, kind) in enumerate(callees)]
        )

    plan = specs.compile(
        layer("m.w", ("m.c", "workflow"), ("m.a", "workflow")),
        layer("m.a", ("m.b", "workflow"), ("m.c", "workflow")),
        layer("m.b", ("m.c", "workflow")),
        layer("m.c", ("m.name", "task")),
    )
    assert [workflow.key for workflow in plan.workflows] == [0, 1, 2, 3]
    assert plan.workflows[0] is plan.root
    by_name = {workflow.name: workflow for workflow in plan.workflows}
    assert by_name["m.a"].nodes[1].workflow is by_name["m.b"].nodes[0].workflow is by_name["m.c"]


def test_casts_stand_only_where_they_are_needed(specs):
    nodes = [
        specs.call("n0", "m.add", a=specs.given("x")),
        specs.call("n1", "m.half", x=specs.out("n0")),
        specs.call("n2", "m.half", x=specs.out("n1")),
    ]
    plan = specs.compile(specs.workflow(nodes=nodes, inputs={"x": specs.INT}))
    first, second, third = (node.inputs[0] for node in plan.root.nodes)
    assert first.cast is None
    assert isinstance(second.cast, Cast)
    assert (second.source, third.source, third.cast) == (OutputSource(0, "result"), OutputSource(1, "result"), None)


def test_after_orders_without_reading(specs):
    nodes = [specs.call("n0", "m.name"), specs.call("n1", "m.name", after=["n0", "n0"])]
    plan = specs.compile(specs.workflow(nodes=nodes))
    assert plan.root.nodes[1].upstream == (0,)
    assert plan.root.nodes[0].readers == {"result": 0}


def test_readers_count_bindings(specs):
    nodes = [
        specs.call("n0", "m.add", a=specs.lit(intValue="1")),
        specs.call("n1", "m.add", a=specs.out("n0"), b=specs.out("n0")),
        specs.call("n2", "m.total", xs=specs.items(specs.out("n0"), specs.out("n0"), specs.out("n1"))),
    ]
    spec = specs.workflow(nodes=nodes, outputs={"result": specs.INT}, values={"result": specs.out("n0")})
    plan = specs.compile(spec)
    assert plan.root.nodes[0].readers == {"result": 4}
    computed = plan.root.nodes[2].inputs[0].source
    assert isinstance(computed, Computed)
    assert computed.nodes == {"n0": 0, "n1": 1}
    assert plan.root.nodes[2].upstream == (0, 1)


def test_a_node_is_called_as_people_call_it(specs):
    nodes = [{**specs.call("n0", "m.name"), "displayName": "the name"}, specs.call("n1", "m.name")]
    plan = specs.compile(specs.workflow(nodes=nodes))
    assert [node.name for node in plan.root.nodes] == ["the name", "name"]


def test_a_launch_plan_fixes_inputs_and_replaces_defaults(specs):
    spec = specs.workflow(
        nodes=[specs.call("n0", "m.add", a=specs.given("x"), b=specs.given("y"))],
        inputs={"x": specs.INT, "y": specs.INT, "z": {"type": specs.INT, "defaultValue": specs.integer(1)}},
        outputs={"result": specs.INT},
        values={"result": specs.out("n0")},
    )
    launch_plan = {
        "id": {"name": "m.nightly"},
        "workflow": {"name": "m.w"},
        "fixedInputs": [{"name": "x", "value": specs.integer(5)}],
        "defaultInputs": [{"name": "z", "value": specs.integer(9)}],
    }
    plan = specs.compile(spec, entity="m.nightly", launch_plans=[launch_plan])
    assert [item.name for item in plan.root.interface.inputs] == ["y", "z"]
    assert plan.root.interface.inputs[1].default_value.int_value == 9
    (node,) = plan.root.nodes
    assert (node.id, node.workflow) == ("workflow", plan.workflows[1])
    assert [binding.source for binding in node.inputs[1:]] == [InputSource("y"), InputSource("z")]
    assert isinstance(node.inputs[0].source, Constant)


def test_a_launch_plan_is_checked(specs):
    launch_plan = {
        "id": {"name": "m.nightly"},
        "workflow": {"name": "m.w"},
        "fixedInputs": [{"name": "x", "value": {"stringValue": "5"}}, {"name": "w", "value": specs.integer(1)}],
        "defaultInputs": [{"name": "x", "value": specs.integer(9)}],
    }
    spec = specs.flow(specs.given("x"), specs.INT, nodes=[], inputs={"x": specs.INT})
    codes = [code for code, _ in specs.codes(spec, entity="m.nightly", launch_plans=[launch_plan])]
    assert codes == ["PARAMETER_BOUND_TWICE", "INVALID_VALUE", "UNKNOWN_INPUT"]
    launch_plan["workflow"]["name"] = "m.x"
    assert specs.codes(spec, entity="m.nightly", launch_plans=[launch_plan]) == [("UNKNOWN_WORKFLOW", "")]


def test_a_node_that_calls_a_launch_plan_calls_its_workflow_with_its_inputs(specs):
    inner = specs.workflow(
        "m.inner",
        nodes=[specs.call("n0", "m.half", x=specs.given("y"))],
        inputs={"x": specs.INT, "y": specs.FLOAT, "z": {"type": specs.INT, "defaultValue": specs.integer(1)}},
        outputs={"result": specs.FLOAT},
        values={"result": specs.out("n0")},
    )
    launch_plan = {
        "id": {"name": "m.nightly"},
        "workflow": {"name": "m.inner"},
        "fixedInputs": [{"name": "x", "value": specs.integer(5)}],
        "defaultInputs": [{"name": "z", "value": specs.integer(9)}],
    }

    def called(**values):
        node = specs.call("n0", "m.nightly", kind="launch_plan", **values)
        return specs.workflow(nodes=[node], outputs={"result": specs.FLOAT}, values={"result": specs.out("n0")})

    def constants(node):
        return [Literal.FromString(binding.source.value) for binding in node.inputs]

    plan = specs.compile(inner, called(y=specs.lit(floatValue=2)), launch_plans=[launch_plan])
    (node,) = plan.root.nodes
    assert node.workflow is plan.workflows[1]
    assert [binding.name for binding in node.inputs] == ["x", "y", "z"]
    assert constants(node) == [Literal(int_value=5), Literal(float_value=2), Literal(int_value=9)]
    given = called(y=specs.lit(floatValue=2.5), z=specs.lit(intValue="3"))
    (node,) = specs.compile(inner, given, launch_plans=[launch_plan]).root.nodes
    assert constants(node)[1:] == [Literal(float_value=2.5), Literal(int_value=3)]
    fixed = called(y=specs.lit(floatValue=2.5), x=specs.lit(intValue="3"))
    assert specs.codes(inner, fixed, launch_plans=[launch_plan]) == [("UNKNOWN_PARAMETER", "n0")]
    assert specs.codes(inner, called(), launch_plans=[launch_plan]) == [("PARAMETER_NOT_BOUND", "n0")]


def test_a_whole_bundle_is_checked(specs):
    good = specs.workflow("m.good", [specs.call("n0", "m.name")])
    assert specs.check(good) == ()
    problems = specs.check(good, specs.workflow("m.empty"), tasks=[specs.task("m.x", {"a": {"type": {}}}, {})])
    assert [(problem.entity, str(problem.code)) for problem in problems] == [
        ("m.empty", "EMPTY_WORKFLOW"),
        ("m.x", "INVALID_TYPE"),
    ]


def test_what_the_entity_does_not_reach_is_not_checked(specs):
    good = specs.workflow("m.good", [specs.call("n0", "m.name")])
    assert specs.compile(good, specs.workflow("m.empty"), entity="m.good").entity == "m.good"
