"""Small checked graphs for tests of the engine, made without the compiler."""

from collections.abc import Mapping, Sequence

from godwit_core.compiler.plan import (
    BindingPlan,
    BranchPlan,
    CacheSettings,
    CasePlan,
    Computed,
    Constant,
    GateKind,
    GatePlan,
    HandlerPlan,
    InputSource,
    MapPlan,
    NativeKind,
    NodePlan,
    OutputSource,
    Plan,
    RetrySettings,
    TaskPlan,
    WorkflowPlan,
)
from godwit_core.engine.restoration import Stored
from godwit_core.engine.state import Execution, Options
from godwit_core.store import packing
from godwitidl.core.v1.expression_pb2 import Expression
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest

VALUE = Literal(int_value=7)
OUTPUTS = {"result": (VALUE.SerializeToString(), literal_digest(VALUE))}


def task(
    key: int,
    *,
    retries: RetrySettings | None = None,
    cached: bool = False,
    serialize: bool = False,
    **timeouts: float | None,
) -> TaskPlan:
    spec = TaskSpec()
    spec.id.name = f"task{key}"
    return TaskPlan(
        key=key,
        name=spec.id.name,
        backend="",
        spec=spec,
        encoded=spec.SerializeToString(),
        retries=retries or RetrySettings(),
        cache=CacheSettings("1", b"\0" * 32, serialize=serialize) if cached else None,
        timeout_attempt_s=timeouts.get("attempt"),
        timeout_queue_s=timeouts.get("queue"),
        timeout_overall_s=timeouts.get("overall"),
    )


def native(key: int, kind: NativeKind, **timeouts: float | None) -> TaskPlan:
    return task(key, **timeouts)._replace(native=kind)


def constant(name: str, literal: Literal) -> BindingPlan:
    return BindingPlan(name, Constant(literal.SerializeToString(), literal_digest(literal)))


def duration(seconds: float) -> Literal:
    literal = Literal()
    literal.duration.FromMicroseconds(round(seconds * 1e6))
    return literal


def branch(conditions: Sequence[bool], blocks: Sequence[WorkflowPlan], otherwise: WorkflowPlan | None) -> BranchPlan:
    """A branch whose conditions are constants."""
    cases = []
    for condition, block in zip(conditions, blocks, strict=True):
        expression = Expression()
        expression.literal.bool_value = condition
        cases.append(CasePlan(expression, block))
    for block in (*blocks, *([otherwise] if otherwise else [])):
        block.is_block = True
    return BranchPlan(tuple(cases), otherwise, "" if otherwise else "no case fits")


def over(
    target: WorkflowPlan,
    count: int,
    concurrency: int | None = None,
    tolerance: tuple[int | None, float | None] = (None, None),
) -> tuple[MapPlan, BindingPlan]:
    """A map of *target* over a list of *count* integers."""
    items = Literal()
    items.list.SetInParent()
    for item in range(count):
        items.list.items.add().int_value = item
    return MapPlan(None, ("x",), concurrency, *tolerance, {}, target), constant("x", items)


def is_silent(target: TaskPlan | WorkflowPlan) -> bool:
    """Whether it has no outputs."""
    if isinstance(target, GatePlan):
        return target.kind is not GateKind.SIGNAL
    return isinstance(target, TaskPlan) and target.native in {NativeKind.SLEEP, NativeKind.NOOP}


def _inputs(target, upstream, targets):
    if isinstance(target, tuple) and isinstance(target[0], MapPlan):
        return target[1:]
    if isinstance(target, GatePlan):
        return (constant("duration", duration(3)),) if target.kind is GateKind.SLEEP else ()
    if isinstance(target, TaskPlan) and target.native is NativeKind.SLEEP:
        return (constant("duration", duration(2)),)
    if isinstance(target, TaskPlan) and target.native is NativeKind.ECHO:
        return (constant("x", VALUE),)
    return tuple(BindingPlan(f"x{up}", OutputSource(up, "result")) for up in upstream if not is_silent(targets[up]))


def workflow(
    key: int,
    targets: Sequence[TaskPlan | WorkflowPlan | BranchPlan | GatePlan],
    edges: Mapping[int, Sequence[int]],
    *,
    run_what_can_run: bool = False,
    handler: TaskPlan | WorkflowPlan | None = None,
    run_on_abort: bool = False,
    given: Sequence[str] = (),
) -> WorkflowPlan:
    """A graph whose node *i* waits for each node in ``edges[i]``, and reads its `result`; its output is the last's.

    *given*: names of inputs of the workflow that its first task reads.
    """
    nodes = []
    for index, target in enumerate(targets):
        upstream = tuple(sorted(edges.get(index, ())))
        downstream = tuple(sorted(other for other, ups in edges.items() if index in ups))
        is_task = isinstance(target, TaskPlan)
        is_map = not is_task and isinstance(target, tuple) and isinstance(target[0], MapPlan)
        nodes.append(
            NodePlan(
                index,
                f"n{index}",
                f"n{index}" if is_map or isinstance(target, BranchPlan | GatePlan) else target.name,
                target if is_task else None,
                target if isinstance(target, WorkflowPlan) else None,
                _inputs(target, upstream, targets),
                () if is_silent(target) else ("result",),
                upstream,
                downstream,
                map=target[0] if is_map else None,
                branch=target if isinstance(target, BranchPlan) else None,
                gate=target if isinstance(target, GatePlan) else None,
            )
        )
    outputs = (BindingPlan("result", OutputSource(len(targets) - 1, "result")),) if targets else ()
    if targets and is_silent(targets[-1]):
        outputs = (constant("result", VALUE),)
    made = WorkflowPlan(key, f"workflow{key}", Interface(), tuple(nodes), outputs, run_what_can_run)
    read_input(made, given)
    if handler is not None:
        is_task = isinstance(handler, TaskPlan)
        expression = Expression()
        expression.handled_error.SetInParent()
        inputs = (BindingPlan("error", Computed(expression, {})),) if is_task else ()
        target = (handler, None) if is_task else (None, handler)
        call = NodePlan(len(nodes), "on_failure", handler.name, *target, inputs, ("result",), (), ())
        made.on_failure = HandlerPlan(call, run_on_abort)
    return made


def read_input(made: WorkflowPlan, given: Sequence[str]) -> None:
    """Have the first node that calls a task read inputs of the workflow."""
    tasks = (node for node in made.nodes if node.task is not None and node.task.native is None)
    if (first := next(tasks, None)) is not None:
        first.inputs = (*first.inputs, *(BindingPlan(f"given_{name}", InputSource(name)) for name in given))


def _nothing_is_offloaded(reference):
    raise AssertionError(reference)


def execution(
    root: WorkflowPlan, *others: WorkflowPlan, options: Options | None = None, recovers: int = 0
) -> Execution:
    plan = Plan(root.name, root, (), (root, *others))
    return Execution(1, "e", "p", "d", plan, {}, options or Options(), _nothing_is_offloaded, recovers=recovers)


def scope_rows(scopes):
    """What is stored of *scopes*."""
    parents = [scope.parent for scope in scopes]
    return [
        (parent.number if parent else None, scope.plan.key, parent.item if parent else -1)
        for scope, parent in zip(scopes, parents, strict=True)
    ]


def stored(scopes, rows, load_map=lambda _: ((), 0)):
    """What `restore` reads of *scopes* and *rows*."""
    ordered = sorted(rows, key=lambda row: row.node)

    def some(first, count):
        return [row for row in ordered if first <= row.node < first + count]

    return Stored(scopes, some, packing.unpack, load_map)
