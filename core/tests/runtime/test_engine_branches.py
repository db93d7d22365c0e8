"""Branches on the whole engine: which block runs, what it sees, what it gives, and restarts in the middle of it."""

import pytest
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import reading
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.values_pb2 import Literal
from google.protobuf.json_format import ParseDict
from scripting import engine, integer, task

INT = {"simple": "SIMPLE_TYPE_INT"}


def lit(number):
    return {"literal": {"intValue": str(number)}}


def given(name="x"):
    return {"workflowInput": name}


def out(node, output="result"):
    return {"nodeOutput": {"nodeId": node, "output": output}}


def less(left, right):
    return {"comparison": {"operator": "COMPARISON_OPERATOR_LESS", "left": left, "right": right}}


def bound(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


def call(node_id, target="a", **values):
    return {"id": node_id, "call": {"target": {"task": {"name": target}}, "inputs": bound(**values)}}


def block(*nodes, **outputs):
    return {"nodes": list(nodes), "outputs": bound(**outputs)}


def branch(*cases, outputs=("result",), node_id="b", **default):
    made = [{"condition": condition, "then": then} for condition, then in cases]
    return {
        "id": node_id,
        "branch": {"outputs": [{"name": name, "type": INT} for name in outputs], "cases": made, **default},
    }


def registered(nodes, values, *tasks, **settings):
    spec = {
        "id": {"name": "w"},
        "interface": {
            "inputs": [{"name": "x", "type": INT}],
            "outputs": [{"name": name, "type": INT} for name in values],
        },
        "body": {"nodes": nodes, "outputs": bound(**values)},
        "failurePolicy": "FAILURE_POLICY_FAIL_FAST",
        **settings,
    }
    registration = ParseDict({"bundle": {"workflows": [spec]}}, Registration(project="p", domain="d", version="1"))
    registration.bundle.tasks.extend(tasks or [task("a")])
    return registration


def run(home, registry, clock, registration, x=1, options=None):
    with engine(home, registry, clock) as one:
        outcome = one.run(one.accept(registration, "w", {"x": integer(x)}, options))
    return outcome, {name: Literal.FromString(value).int_value for name, (value, _) in outcome.outputs.items()}


def paths(outcome):
    return {node.id: node.phase.name for node in outcome.nodes}


SIZES = branch(
    (less(given(), lit(10)), block(call("small", x=given()), result=out("small"))),
    (less(given(), lit(100)), block(call("m0", x=out("before")), call("m1", x=out("m0")), result=out("m1"))),
    otherwise=block(result=out("before")),
)


@pytest.mark.parametrize(
    ("x", "result", "ran"),
    [(1, 2, ["b/small"]), (50, 53, ["b/m0", "b/m1"]), (500, 501, [])],
)
def test_only_the_first_block_whose_condition_is_true_runs(tmp_path, registry, clock, x, result, ran):
    spec = registered([call("before", x=given()), SIZES], {"result": out("b")})
    outcome, values = run(tmp_path, registry, clock, spec, x)
    assert values == {"result": result}
    assert paths(outcome) == {"before": "SUCCEEDED", "b": "SUCCEEDED", **dict.fromkeys(ran, "SUCCEEDED")}
    assert len(registry.place.submitted) == 1 + len(ran)


def test_no_true_condition_and_no_default_fail_with_the_authors_words(tmp_path, registry, clock):
    spec = registered(
        [branch((less(given(), lit(0)), block(result=lit(1))), fail="x is too small"), call("after", x=out("b"))],
        {"result": out("after")},
    )
    outcome, _ = run(tmp_path, registry, clock, spec)
    assert outcome.phase.name == "FAILED"
    assert (outcome.error.code, outcome.error.message, outcome.error.node_path) == ("NO_CASE", "x is too small", "b")
    assert paths(outcome) == {"b": "FAILED", "after": "SKIPPED"}
    assert registry.place.submitted == []


def test_blocks_nest_and_the_inner_ones_see_all_that_is_around_them(tmp_path, registry, clock):
    inner = branch(
        (less(out("mid"), lit(0)), block(result=lit(0))),
        otherwise=block(call("deep", "sum", x=out("top"), y=out("mid"), z=given()), result=out("deep")),
        node_id="inner",
    )
    outer = branch(
        (less(given(), lit(10)), block(call("mid", x=out("top")), inner, result=out("inner"))),
        fail="no",
        node_id="outer",
    )
    adding = task("sum")
    for name in ("y", "z"):
        adding.interface.inputs.add(name=name).type.CopyFrom(adding.interface.inputs[0].type)
    spec = registered([call("top", x=given()), outer], {"result": out("outer")}, task("a"), adding)
    outcome, values = run(tmp_path, registry, clock, spec, 5)
    assert values == {"result": 6 + 7 + 5 + 1}
    assert list(paths(outcome)) == ["top", "outer", "outer/mid", "outer/inner", "outer/inner/deep"]


def test_a_branch_gives_several_outputs(tmp_path, registry, clock):
    both = branch(
        (less(given(), lit(10)), block(call("i", x=given()), low=given(), high=out("i"))),
        outputs=("low", "high"),
        fail="no",
    )
    spec = registered([both], {"low": out("b", "low"), "high": out("b", "high")})
    _, values = run(tmp_path, registry, clock, spec, 5)
    assert values == {"low": 5, "high": 6}


def test_conditions_are_evaluated_in_order_and_no_further_than_needed(tmp_path, registry, clock):
    items = {"literal": {"ints": {"items": ["1"]}}}
    missing = {"access": {"of": items, "steps": [{"index": "7"}]}}
    cases = [(less(given(), lit(10)), block(result=lit(1))), (less(missing, given()), block(result=lit(2)))]
    spec = registered([branch(*cases, fail="no")], {"result": out("b")})
    assert run(tmp_path, registry, clock, spec, 1)[1] == {"result": 1}
    outcome, _ = run(tmp_path, registry, clock, spec, 20)
    assert (outcome.phase.name, outcome.error.code) == ("FAILED", "INDEX_OUT_OF_RANGE")


def test_a_restart_in_the_middle_of_a_block_goes_on_in_it(tmp_path, registry, clock):
    spec = registered([call("before", x=given()), SIZES], {"result": out("b")})
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(spec, "w", {"x": integer(50)})
        one.turn(0)
        registry.hold = False
        one.turn(0)
    for _ in range(4):
        with engine(tmp_path, registry, clock) as one:
            one.resume(name)
            one.turn(0)
            if reading.get_execution(one.connection, name).phase.final:
                break
    with engine(tmp_path, registry, clock) as one:
        row = reading.get_execution(one.connection, name)
        opened = [event for event in reading.list_events(one.connection, row.id) if event.HasField("scope_opened")]
    assert row.phase.name == "SUCCEEDED"
    assert [event.scope_opened.workflow for event in opened] == ["w/b/case 2"]
    assert len({request.node_path for request in registry.place.submitted}) == 3


def test_a_failure_in_a_block_is_the_branchs_and_the_policy_is_the_workflows(tmp_path, registry, clock):
    registry.failures["bad"] = ["failed"] * 3
    nodes = [
        branch(
            (
                less(given(), lit(10)),
                block(call("i", "bad", x=given()), call("j", x=given()), call("k", x=out("j")), result=out("i")),
            ),
            fail="no",
        )
    ]
    spec = registered(nodes, {"result": out("b")}, task("a"), task("bad"))
    outcome, _ = run(tmp_path, registry, clock, spec, 5)
    assert (outcome.phase.name, outcome.error.node_path) == ("FAILED", "b/i")
    options = ExecutionOptions(run_what_can_run=True)
    outcome, _ = run(tmp_path, registry, clock, spec, 5, options)
    assert paths(outcome) == {"b": "FAILED", "b/i": "FAILED", "b/j": "SUCCEEDED", "b/k": "SUCCEEDED"}


def test_a_launch_plan_is_a_node_with_its_inputs_on_any_side_of_a_restart(tmp_path, registry, clock):
    inner = registered([call("n", x=given())], {"result": out("n")}).bundle.workflows[0]
    inner.id.name = "inner"
    node = {"id": "n", "call": {"target": {"launchPlan": {"name": "nightly"}}, "inputs": []}}
    spec = registered([call("before", x=given()), {**node, "after": ["before"]}], {"result": out("n")})
    spec.bundle.workflows.append(inner)
    plan = spec.bundle.launch_plans.add()
    plan.id.name, plan.workflow.name = "nightly", "inner"
    plan.fixed_inputs.add(name="x").value.int_value = 40
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(spec, "w", {"x": integer(1)})
        one.turn(0)
    registry.hold = False
    with engine(tmp_path, registry, clock) as one:
        one.resume(name)
        outcome = one.run(name)
    assert {node.id: node.phase.name for node in outcome.nodes} == dict.fromkeys(("before", "n", "n/n"), "SUCCEEDED")
    assert Literal.FromString(outcome.outputs["result"][0]).int_value == 41
