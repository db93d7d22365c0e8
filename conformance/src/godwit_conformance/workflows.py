"""Whole workflows to draw: well typed, of calls and maps of tasks that do nothing, with constants and settings."""

from collections.abc import Callable
from typing import Final

from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.expression_pb2 import Expression
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.core.v1.workflow_pb2 import FAILURE_POLICY_FAIL_FAST, FAILURE_POLICY_RUN_WHAT_CAN_RUN, Node
from hypothesis import strategies as st

from godwit_conformance.samples import BOOL, FLOAT, INT, STRING, list_of, literal, nullable

_INTS: Final = list_of(INT)
_TYPES: Final = (INT, FLOAT, STRING, BOOL, _INTS, nullable(STRING))
_POLICIES: Final = (FAILURE_POLICY_FAIL_FAST, FAILURE_POLICY_RUN_WHAT_CAN_RUN)
_Values = list[tuple[Type, Expression]]
"""Values at hand, each with its type."""


@st.composite
def workflows(draw: st.DrawFn) -> Bundle:
    """Draw a bundle of one workflow, `drawn.main`, and the tasks `drawn.t0`, … that it calls."""
    bundle = Bundle()
    count = draw(st.integers(1, 3))
    for number in range(count):
        _task(draw, bundle.tasks.add(), number)
    workflow = bundle.workflows.add(failure_policy=draw(st.sampled_from(_POLICIES)))
    workflow.id.name = "drawn.main"
    workflow.interface.SetInParent()
    values: _Values = []
    for number in range(draw(st.integers(0, 3))):
        entry = workflow.interface.inputs.add(name=f"x{number}", type=draw(st.sampled_from(_TYPES)))
        values.append((entry.type, Expression(workflow_input=entry.name)))
        if draw(st.booleans()) and number:
            entry.default_value.CopyFrom(draw(_constants(entry.type)))
    _required_first(workflow.interface)
    for number in range(draw(st.integers(1, 5))):
        _node(draw, bundle, workflow.body.nodes.add(id=f"n{number}"), values)
    for number, (of, value) in enumerate(draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))):
        name = f"y{number}"
        workflow.interface.outputs.add(name=name, type=of)
        workflow.body.outputs.add(name=name, value=value)
    called = {_target(node) for node in workflow.body.nodes}
    kept = [task for task in bundle.tasks if task.id.name in called]
    del bundle.tasks[:]
    bundle.tasks.extend(kept)
    return bundle


def _task(draw: st.DrawFn, task: TaskSpec, number: int) -> None:
    task.id.name = f"drawn.t{number}"
    task.program.command.append("run")
    task.interface.SetInParent()
    for position in range(draw(st.integers(0, 3))):
        entry = task.interface.inputs.add(name=f"a{position}", type=draw(st.sampled_from(_TYPES)))
        if draw(st.booleans()):
            entry.default_value.CopyFrom(draw(_constants(entry.type)))
    _required_first(task.interface)
    for position in range(draw(st.integers(1, 2))):
        task.interface.outputs.add(name=f"b{position}", type=draw(st.sampled_from(_TYPES)))
    if draw(st.booleans()):
        task.retries.max_retries = draw(st.integers(1, 5))
    if draw(st.booleans()):
        task.cache.version = draw(st.sampled_from(["1", "a"]))


def _required_first(interface: Interface) -> None:
    """Languages want parameters without a default before those with one."""
    entries = sorted(interface.inputs, key=lambda entry: entry.HasField("default_value"))
    del interface.inputs[:]
    interface.inputs.extend(entries)


def _node(draw: st.DrawFn, bundle: Bundle, node: Node, values: _Values) -> None:
    task = draw(st.sampled_from(list(bundle.tasks)))
    mapped = [entry.name for entry in task.interface.inputs if entry.type == INT]
    over = draw(st.sampled_from(["", *mapped]))
    made = node.map if over else node.call
    made.target.task.name = task.id.name
    for entry in task.interface.inputs:
        if entry.name == over:
            node.map.over.add(name=entry.name, value=draw(_expressions(_INTS, values)))
        elif not entry.HasField("default_value") or draw(st.booleans()):
            made.inputs.add(name=entry.name, value=draw(_expressions(entry.type, values)))
    if draw(st.booleans()):
        made.overrides.retries.max_retries = draw(st.integers(0, 3))
    if over and draw(st.booleans()):
        node.map.concurrency = draw(st.integers(1, 8))
    earlier = sorted({value.node_output.node_id for _, value in values if value.HasField("node_output")})
    waited = draw(st.sampled_from(["", *earlier]))
    if waited:
        node.after.append(waited)
    for output in task.interface.outputs:
        value = Expression()
        value.node_output.node_id, value.node_output.output = node.id, output.name
        values.append((list_of(output.type) if over else output.type, value))


def _expressions(of: Type, values: _Values) -> st.SearchStrategy[Expression]:
    constants = _constants(of).map(lambda constant: Expression(literal=constant))
    fitting = [value for type_, value in values if type_ == of]
    return st.one_of(st.sampled_from(fitting), constants) if fitting else constants


def _constants(of: Type) -> st.SearchStrategy[Literal]:
    makers: dict[bytes, Callable[[], st.SearchStrategy[Literal]]] = {
        _key(INT): lambda: st.integers(-(2**63), 2**63 - 1).map(literal),
        _key(FLOAT): lambda: st.floats(allow_nan=False, allow_infinity=False).map(literal),
        _key(STRING): lambda: _texts().map(literal),
        _key(BOOL): lambda: st.booleans().map(literal),
        _key(_INTS): lambda: st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3).map(_list),
        _key(nullable(STRING)): lambda: st.one_of(st.none(), _texts()).map(literal),
    }
    return makers[_key(of)]()


def _list(numbers: list[int]) -> Literal:
    return literal([*numbers])


def _texts() -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8"), max_size=5)


def _key(of: Type) -> bytes:
    return of.SerializeToString(deterministic=True)


def _target(node: Node) -> str:
    return node.map.target.task.name if node.HasField("map") else node.call.target.task.name
