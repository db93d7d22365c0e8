"""Workflows that were made up, as the source that an author would have written."""

from collections.abc import Iterable

from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.expression_pb2 import Binding, Expression
from godwitidl.core.v1.interface_pb2 import Input, Interface
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.core.v1.workflow_pb2 import FailurePolicy, Node, WorkflowSpec
from godwitidl.rules.rendering import render_type

_ANNOTATIONS = {
    "int": "int",
    "float": "float",
    "string": "str",
    "bool": "bool",
    "string?": "str | None",
}


def source_of(bundle: Bundle) -> str:
    """Return the Python source of *bundle*; raises KeyError where it holds what is not made up so far."""
    lines = ['"""Made up."""', "import godwit as gw"]
    for task in bundle.tasks:
        lines += _task(task)
    tasks = {task.id.name: task for task in bundle.tasks}
    for workflow in bundle.workflows:
        lines += _workflow(workflow, tasks)
    return "\n".join(lines) + "\n"


def _task(task: TaskSpec) -> list[str]:
    settings = [f"name={task.id.name!r}", f"outputs={[entry.name for entry in task.interface.outputs]!r}"]
    if task.HasField("retries"):
        settings.append(f"retries={task.retries.max_retries}")
    if task.HasField("cache"):
        settings.append(f"cache=gw.Cache(version={task.cache.version!r})")
    return [
        f"@gw.task({', '.join(settings)})",
        f"def {_variable(task)}{_signature(task.interface)}:",
        "    raise NotImplementedError",
    ]


def _workflow(workflow: WorkflowSpec, tasks: dict[str, TaskSpec]) -> list[str]:
    policy = FailurePolicy.Name(workflow.failure_policy).removeprefix("FAILURE_POLICY_")
    outputs = [entry.name for entry in workflow.interface.outputs]
    lines = [
        f"@gw.workflow(name={workflow.id.name!r}, outputs={outputs!r}, failure_policy=gw.FailurePolicy.{policy})",
        f"def main{_signature(workflow.interface)}:",
    ]
    lines += [f"    {_node(node, tasks)}" for node in workflow.body.nodes]
    results = ", ".join(_expression(binding.value) for binding in workflow.body.outputs)
    return [*lines, f"    return {results}"]


def _node(node: Node, tasks: dict[str, TaskSpec]) -> str:
    made = node.map if node.HasField("map") else node.call
    task = tasks[made.target.task.name]
    callee = _variable(task)
    if made.HasField("overrides"):
        callee += f".with_overrides(retries={made.overrides.retries.max_retries})"
    if node.after:
        waited = ", ".join(f"{name}_b0" for name in node.after)  # the first output of every task is called b0
        callee += f".after({waited})"
    if node.HasField("map"):
        concurrency = f", concurrency={node.map.concurrency}" if node.map.HasField("concurrency") else ""
        callee = f"gw.map_task({callee}{concurrency})"
    if node.HasField("map"):
        arguments = _arguments(made.inputs, "gw.bound({})") + _arguments(node.map.over, "gw.each({})")
    else:
        arguments = _arguments(made.inputs)
    targets = ", ".join(f"{node.id}_{entry.name}" for entry in task.interface.outputs)
    return f"{targets} = {callee}({', '.join(arguments)})"


def _arguments(bindings: Iterable[Binding], form: str = "{}") -> list[str]:
    return [f"{binding.name}={form.format(_expression(binding.value))}" for binding in bindings]


def _expression(value: Expression) -> str:
    match value.WhichOneof("kind"):
        case "workflow_input":
            return value.workflow_input
        case "node_output":
            return f"{value.node_output.node_id}_{value.node_output.output}"
        case "literal":
            return _constant(value.literal)
        case other:
            raise KeyError(other)


def _constant(literal: Literal) -> str:
    kind = literal.WhichOneof("kind") or ""
    if kind == "none":
        return "None"
    if kind == "list":
        return f"[{', '.join(_constant(item) for item in literal.list.items)}]"
    return repr(getattr(literal, kind))


def _signature(interface: Interface) -> str:
    parameters = ", ".join(_parameter(entry) for entry in interface.inputs)
    results = [_annotation(entry.type) for entry in interface.outputs]
    result = ", ".join(results)
    return f"({parameters}) -> {result if len(results) == 1 else f'tuple[{result}]'}"


def _parameter(entry: Input) -> str:
    default = f" = {_constant(entry.default_value)}" if entry.HasField("default_value") else ""
    return f"{entry.name}: {_annotation(entry.type)}{default}"


def _annotation(of: Type) -> str:
    return f"list[{_annotation(of.list.item)}]" if of.HasField("list") else _ANNOTATIONS[render_type(of)]


def _variable(task: TaskSpec) -> str:
    return task.id.name.rpartition(".")[2]
