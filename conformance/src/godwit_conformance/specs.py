"""What two bundles of specs have in common beyond their bytes: they are brought to one form, then compared.

What an SDK decides by itself is left out: commands and places of programs, ids of nodes (they are numbered in their
order), names that people see where they say what the target's name says, and the order of what has none.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.expression_pb2 import Expression
from godwitidl.core.v1.identifiers_pb2 import EntityId
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.task_pb2 import RetryPolicy, TaskSpec
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.core.v1.workflow_pb2 import Block, Node, WorkflowSpec
from google.protobuf.message import Message

from godwit_conformance.meaning import Difference, message_differences, plain

M = TypeVar("M", bound=Message)
_BACKOFF_FACTOR = 2.0
_BACKOFF_CAP_S = 3600
_INFRASTRUCTURE_RETRIES = 3
_NAMES_OF_KINDS = {"branch": "conditional", "approve": "approve", "signal": "wait_for_input", "sleep": "sleep"}


def bundle_differences(expected: Bundle, came: Bundle) -> list[Difference]:
    """Return in what two bundles differ by meaning, each difference named by its path.

    Raises:
        CaseFailedError: a literal in one of them cannot be read.
    """
    return list(message_differences(plain_bundle(expected), plain_bundle(came)))


def plain_bundle(bundle: Bundle) -> Bundle:
    """Return *bundle* in the form that is compared."""
    made = Bundle()
    made.CopyFrom(bundle)
    for entities in (made.tasks, made.workflows, made.launch_plans):
        entities.sort(key=lambda entity: entity.id.name)
    for task in made.tasks:
        _plain_task(task)
    for workflow in made.workflows:
        _plain_workflow(workflow)
    for plan in made.launch_plans:
        plan.labels.sort(key=lambda label: label.key)
        plan.default_inputs.sort(key=lambda item: item.name)
        plan.fixed_inputs.sort(key=lambda item: item.name)
    _fold(made)
    _each(made, Literal, lambda literal: literal.CopyFrom(plain(literal)))
    _each(made, EntityId, _plain_id)
    _each(made, RetryPolicy, _plain_retries)
    return made


def _fold(message: Message) -> None:
    """Make constants of the lists, maps and records whose parts are all constants, the inner ones first."""
    for field, value in message.ListFields():
        if field.message_type is not None and not isinstance(message, Literal):
            for part in (value,) if isinstance(value, Message) else value:
                _fold(part)
    if isinstance(message, Expression):
        constant = _constant(message)
        if constant is not None:
            message.literal.CopyFrom(constant)


def _constant(expression: Expression) -> Literal | None:
    """Return the constant that a list, map or record under construction is; None where it is none."""
    made = Literal()
    kind = expression.WhichOneof("kind")
    if kind == "list" and all(item.HasField("literal") for item in expression.list.items):
        made.list.SetInParent()
        made.list.items.extend(item.literal for item in expression.list.items)
    elif kind == "map" and all(entry.value.HasField("literal") for entry in expression.map.entries):
        made.map.SetInParent()
        for entry in expression.map.entries:
            made.map.entries.add(key=entry.key, value=entry.value.literal)
    elif kind == "record" and all(field.value.HasField("literal") for field in expression.record.fields):
        made.record.SetInParent()
        for field in expression.record.fields:
            made.record.fields.add(name=field.name, value=field.value.literal)
    else:
        return None
    return made


def _plain_id(entity: EntityId) -> None:
    name = entity.name
    entity.Clear()
    entity.name = name


def _plain_task(task: TaskSpec) -> None:
    if task.HasField("program"):
        task.program.Clear()
        task.program.SetInParent()
    task.ClearField("source")
    task.secrets.sort(key=lambda secret: (secret.group, secret.name))
    task.environment.sort(key=lambda variable: variable.name)
    task.labels.sort(key=lambda label: label.key)
    task.cache.ignored_inputs.sort()
    _drop_empty(task, ("resources", "retries", "timeouts", "cache", "container"))
    _plain_interface(task.interface)


def _plain_interface(interface: Interface) -> None:
    interface.SetInParent()


def _plain_workflow(workflow: WorkflowSpec) -> None:
    workflow.ClearField("source")
    workflow.labels.sort(key=lambda label: label.key)
    numbers: dict[str, str] = {}
    for node in _nodes(workflow.body):
        numbers.setdefault(node.id, f"n{len(numbers)}")
    for node in _nodes(workflow.body):
        _plain_node(node, numbers)
    _each(workflow, Expression, lambda expression: _renumber(expression, numbers))


def _renumber(expression: Expression, numbers: dict[str, str]) -> None:
    if expression.HasField("node_output"):
        name = expression.node_output.node_id
        expression.node_output.node_id = numbers.get(name, f"{name} (no such node)")


def _nodes(block: Block) -> Iterable[Node]:
    """Yield the nodes of *block* and of the blocks inside it, in the order in which they stand."""
    for node in block.nodes:
        yield node
        for case in node.branch.cases:
            yield from _nodes(case.then)
        if node.branch.HasField("otherwise"):
            yield from _nodes(node.branch.otherwise)


def _plain_node(node: Node, numbers: dict[str, str]) -> None:
    kind = node.WhichOneof("kind") or ""
    read = {expression.node_output.node_id for expression in _expressions(node) if expression.HasField("node_output")}
    after = sorted(numbers.get(name, f"{name} (no such node)") for name in set(node.after) - read)
    del node.after[:]
    node.after.extend(after)
    node.id = numbers[node.id]
    if kind in {"call", "map"}:
        calling = node.call if kind == "call" else node.map
        target = getattr(calling.target, calling.target.WhichOneof("kind") or "task")
        if node.display_name in {target.name, target.name.rpartition(".")[2]}:
            node.display_name = ""
        calling.inputs.sort(key=lambda binding: binding.name)
        calling.overrides.environment.sort(key=lambda variable: variable.name)
        _drop_empty(calling, ("overrides",))
    elif node.display_name in {_NAMES_OF_KINDS.get(kind), node.signal.name}:
        node.display_name = ""
    if kind == "map":
        node.map.over.sort(key=lambda binding: binding.name)
    if kind == "branch" and node.branch.HasField("otherwise") and not _says_anything(node.branch.otherwise):
        node.branch.otherwise.SetInParent()


def _expressions(node: Node) -> list[Expression]:
    """Return the expressions of the node itself, not of the blocks in it."""
    bare = Node()
    bare.CopyFrom(node)
    for case in bare.branch.cases:
        case.ClearField("then")
    if bare.branch.HasField("otherwise"):
        bare.branch.otherwise.Clear()
    found: list[Expression] = []
    _each(bare, Expression, found.append)
    return found


def _plain_retries(policy: RetryPolicy) -> None:
    if policy.HasField("backoff_base"):
        policy.backoff_factor = policy.backoff_factor or _BACKOFF_FACTOR
        if not policy.HasField("backoff_cap"):
            policy.backoff_cap.seconds = _BACKOFF_CAP_S
    if not policy.HasField("max_infrastructure_retries"):
        policy.max_infrastructure_retries = _INFRASTRUCTURE_RETRIES
    policy.retry_on.sort()


def _drop_empty(message: Message, names: Iterable[str]) -> None:
    """Remove parts that are there and say nothing."""
    for name in names:
        if message.HasField(name) and not _says_anything(getattr(message, name)):
            message.ClearField(name)


def _says_anything(message: Message) -> bool:
    return message.ByteSize() > 0


def _each(message: Message, of: type[M], change: Callable[[M], object]) -> None:
    """Call *change* with every message of class *of* in *message*, outer ones first; not with what is in a literal."""
    if isinstance(message, of):
        change(message)
        if isinstance(message, Literal):
            return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for part in (value,) if isinstance(value, Message) else value:
            _each(part, of, change)
