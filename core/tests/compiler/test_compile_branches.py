"""Blocks of branches become workflows, whose inputs are what they refer to."""

from godwit_core.compiler.plan import Computed, InputSource, OutputSource


def block(specs, *nodes, **values):
    return {"nodes": list(nodes), "outputs": specs.bound(**values)}


def branch(specs, node_id, condition, then, **default):
    cases = [{"condition": condition, "then": then}]
    return {
        "id": node_id,
        "branch": {"outputs": [{"name": "value", "type": specs.INT}], "cases": cases, **default},
    }


def nested(specs):
    """A branch in a branch, whose innermost node reads a node two blocks further out."""
    deep = specs.call("deep", "m.add", a=specs.out("top"), b=specs.access(specs.out("many"), {"index": "0"}))
    inner = branch(specs, "inner", specs.lit(boolValue=True), block(specs, deep, value=specs.out("deep")), fail="no")
    middle = specs.call("middle", "m.add", a=specs.given("x"))
    outer = branch(
        specs,
        "outer",
        specs.compared(specs.out("top"), specs.given("x")),
        block(specs, middle, inner, value=specs.out("inner", "value")),
        otherwise=block(specs, value=specs.given("x")),
    )
    nodes = [specs.call("top", "m.add", a=specs.given("x")), specs.call("many", "m.many"), outer]
    return specs.workflow(
        nodes=nodes,
        inputs={"x": specs.INT},
        outputs={"result": specs.INT},
        values={"result": specs.out("outer", "value")},
    )


def test_a_branch_captures_all_that_its_conditions_and_blocks_refer_to(specs):
    plan = specs.compile(nested(specs))
    outer = plan.root.nodes[2]
    assert {binding.name: binding.source for binding in outer.inputs} == {
        "x": InputSource("x"),
        "top.result": OutputSource(0, "result"),
        "many.result": OutputSource(1, "result"),
    }
    assert outer.upstream == (0, 1)
    middle, inner = outer.branch.cases[0].block.nodes
    assert middle.inputs[0].source == InputSource("x")
    assert [binding.source for binding in inner.inputs] == [InputSource(binding.name) for binding in inner.inputs]
    (deep,) = inner.branch.cases[0].block.nodes
    assert deep.inputs[0].source == InputSource("top.result")
    assert isinstance(deep.inputs[1].source, Computed)
    assert deep.inputs[1].source.nodes == {}
    assert outer.branch.otherwise.outputs[0].source == InputSource("x")


def test_every_block_is_a_workflow_of_the_plan_under_its_key(specs):
    plan = specs.compile(nested(specs))
    assert [workflow.key for workflow in plan.workflows] == list(range(4))
    assert [(workflow.name, workflow.is_block) for workflow in plan.workflows] == [
        ("m.w", False),
        ("m.w/inner/case 1", True),
        ("m.w/outer/case 1", True),
        ("m.w/outer/otherwise", True),
    ]


def test_blocks_of_sub_workflows_have_keys_of_their_own(specs):
    caller = specs.workflow(
        "m.caller", nodes=[specs.call("n", "m.w", kind="workflow", x=specs.lit(intValue="1"))], outputs={}
    )
    plan = specs.compile(nested(specs), caller, entity="m.caller")
    assert [workflow.key for workflow in plan.workflows] == list(range(5))
    assert plan.workflows[0] is plan.root
    assert plan.root.nodes[0].workflow is plan.workflows[1]


def test_what_a_block_waits_for_outside_its_branch_waits_for(specs):
    late = {**specs.call("late", "m.name"), "after": ["first"]}
    nodes = [
        specs.call("first", "m.name"),
        branch(specs, "b", specs.lit(boolValue=True), block(specs, late, value=specs.lit(intValue="1")), fail="no"),
    ]
    plan = specs.compile(specs.workflow(nodes=nodes))
    assert plan.root.nodes[1].upstream == (0,)
    assert plan.root.nodes[1].inputs == ()
    assert plan.root.nodes[1].branch.cases[0].block.nodes[0].upstream == ()
