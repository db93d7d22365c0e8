from godwit_core.compiler.compilation import compile_bundle
from godwit_core.compiler.plan import Constant, InputSource, OutputSource
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.values_pb2 import SimpleType
from godwitidl.core.v1.workflow_pb2 import FailurePolicy


def two_step_bundle():
    bundle = Bundle()
    task = bundle.tasks.add()
    task.id.name = "m.add"
    for name in ("a", "b"):
        task.interface.inputs.add(name=name).type.simple = SimpleType.SIMPLE_TYPE_INT
    task.interface.inputs[1].default_value.int_value = 7
    task.interface.outputs.add(name="result").type.simple = SimpleType.SIMPLE_TYPE_INT
    workflow = bundle.workflows.add(failure_policy=FailurePolicy.FAILURE_POLICY_FAIL_FAST)
    workflow.id.name = "m.twice"
    workflow.interface.inputs.add(name="x").type.simple = SimpleType.SIMPLE_TYPE_INT
    workflow.interface.outputs.add(name="result").type.simple = SimpleType.SIMPLE_TYPE_INT
    first = workflow.body.nodes.add(id="n0")
    first.call.target.task.name = "m.add"
    first.call.inputs.add(name="a").value.workflow_input = "x"
    second = workflow.body.nodes.add(id="n1")
    second.call.target.task.name = "m.add"
    second.call.inputs.add(name="b").value.literal.int_value = 1
    output = second.call.inputs.add(name="a").value.node_output
    output.node_id, output.output = "n0", "result"
    output = workflow.body.outputs.add(name="result").value.node_output
    output.node_id, output.output = "n1", "result"
    return bundle


def test_a_chain_becomes_a_graph():
    plan = compile_bundle(two_step_bundle(), "m.twice")
    first, second = plan.root.nodes
    assert [binding.name for binding in first.inputs] == ["a", "b"]
    assert first.inputs[0].source == InputSource("x")
    assert isinstance(first.inputs[1].source, Constant)
    assert second.inputs[0].source == OutputSource(0, "result")
    assert (first.upstream, first.downstream, second.upstream, second.downstream) == ((), (1,), (0,), ())
    assert (first.readers, second.readers) == ({"result": 1}, {"result": 1})
    assert first.task is second.task is plan.tasks[0]
    assert plan.root.outputs[0].source == OutputSource(1, "result")


def test_a_task_becomes_a_workflow_of_one_node():
    plan = compile_bundle(two_step_bundle(), "m.add")
    (node,) = plan.root.nodes
    assert node.id == "task"
    assert [binding.source for binding in node.inputs] == [InputSource("a"), InputSource("b")]
    assert plan.root.interface.inputs[1].default_value.int_value == 7
