"""The checked graph that the compiler makes and the engine runs. Plain data, with integers where it counts."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

from godwitidl.core.v1.expression_pb2 import Expression
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Type


class Constant(NamedTuple):
    """A value known when compiled: an encoded literal of the parameter's type, and its digest."""

    value: bytes
    digest: bytes


class InputSource(NamedTuple):
    """An input of the workflow, whole."""

    name: str


class OutputSource(NamedTuple):
    """An output of the node at index *node* of the same workflow, whole."""

    node: int
    output: str


class Computed(NamedTuple):
    """Anything else: an expression, evaluated when its node is ready.

    Attributes:
        expression: the tree.
        nodes: index of each node that it refers to, by node id.
    """

    expression: Expression
    nodes: dict[str, int]


Source = Constant | InputSource | OutputSource | Computed


class Cast(NamedTuple):
    """A value of type *source* becomes one of type *target* when it is bound; only where castability asks for it."""

    source: Type
    target: Type


class BindingPlan(NamedTuple):
    """A parameter or output with where its value comes from. *cast* is None where the literal serves as it is."""

    name: str
    source: Source
    cast: Cast | None = None


class RetrySettings(NamedTuple):
    """How often an attempt is followed by another. Times in seconds; defaults as in `RetryPolicy`."""

    max_retries: int = 0
    backoff_base_s: float = 0.0
    backoff_factor: float = 2.0
    backoff_cap_s: float = 3600.0
    jitter: float = 0.0
    max_infrastructure_retries: int = 3
    retry_on: tuple[str, ...] = ()
    memory_growth: float = 0.0
    max_memory_bytes: int = 0


class Needs(NamedTuple):
    """What the place of an attempt must have, and what limits there are beside it. 0 and empty: nothing said.

    *shares_process*: whether it may be a process in which other attempts are under way.
    """

    cpu_millis: int = 0
    memory_bytes: int = 0
    interruptible: bool = False
    max_concurrency: int = 0
    queue: str = ""
    shares_process: bool = False


class CacheSettings(NamedTuple):
    """How results are reused. *version* has the salt appended already, after a zero byte, where there is one."""

    version: str
    interface_digest: bytes
    time_to_live_s: float | None = None
    serialize: bool = False
    ignored_inputs: frozenset[str] = frozenset()


class NativeKind(IntEnum):
    """What the engine does by itself; numbers as in `godwitidl.core.v1.NativeKind`."""

    SLEEP = 1
    NOOP = 2
    ECHO = 3


class TaskPlan(NamedTuple):
    """A task as one node calls it, overrides applied.

    Attributes:
        key: index in `Plan.tasks`; nodes with the same effective spec share it.
        name: name of the task.
        backend: key of the backend; empty: the engine's default.
        spec: the effective spec.
        encoded: the same, encoded.
        retries, cache: settings, with defaults filled in; no cache: None.
        timeout_attempt_s, timeout_queue_s, timeout_overall_s: limits in seconds; None: no limit.
        needs: what the place of an attempt must have.
        identity: digest of what decides the result: all of the spec but how often, how long and with what it is tried.
        native: what the engine does by itself; None: the backend runs it.
    """

    key: int
    name: str
    backend: str
    spec: TaskSpec
    encoded: bytes
    retries: RetrySettings
    cache: CacheSettings | None
    timeout_attempt_s: float | None
    timeout_queue_s: float | None
    timeout_overall_s: float | None
    identity: bytes = b""
    needs: Needs = Needs()
    native: NativeKind | None = None


class MapPlan(NamedTuple):
    """A task or workflow that is called once for each item. One of *task* and *workflow* is set.

    Attributes:
        task: the task.
        over: names of the mapped parameters; their bindings give lists. The others are the same for each item.
        concurrency: most items at a time; None: no limit of its own.
        min_successes, min_success_ratio: how many items must succeed; both None: all.
        outputs: type of each output, a list, by name; its items are nullable where failures are tolerated.
        workflow: the workflow.
        made: bindings of parameters that are made of the item; what else they refer to the map captures, as a branch
            does: its inputs have an entry for each output, and for each input of the workflow, named by `captured`.
        order: names of all parameters, in the order of the interface; empty: in that of the node's inputs.
    """

    task: TaskPlan | None
    over: tuple[str, ...]
    concurrency: int | None
    min_successes: int | None
    min_success_ratio: float | None
    outputs: dict[str, Type]
    workflow: "WorkflowPlan | None" = None
    made: tuple[BindingPlan, ...] = ()
    order: tuple[str, ...] = ()


def captured(node_id: str, output: str) -> str:
    """Return the name by which a block knows the output of a node around it; no input is called so.

    A map knows an input of its workflow by that of an output of a node without a name.
    """
    return f"{node_id}.{output}"


class CasePlan(NamedTuple):
    """A condition, over what its branch captures, and the block that runs when it is the first that is true."""

    condition: Expression
    block: "WorkflowPlan"


class BranchPlan(NamedTuple):
    """A choice between blocks. Each is a workflow of its own, whose inputs are what its branch captures.

    Attributes:
        cases: in order.
        otherwise: the block that runs when no condition is true; None: the node fails.
        fail: with this message.
    """

    cases: tuple[CasePlan, ...]
    otherwise: "WorkflowPlan | None"
    fail: str


class GateKind(StrEnum):
    """What a gate waits for."""

    APPROVE = "approve"
    SIGNAL = "signal"
    SLEEP = "sleep"


class GatePlan(NamedTuple):
    """A wait for a person's yes, for a typed value, or for some time.

    Attributes:
        kind: what it waits for.
        name: name by which a signal may be answered, beside the node's path; empty: by the path alone.
        prompt: what is asked; empty where nothing is.
        type: of the value that a signal waits for; None of other kinds.
        timeout_s: longest wait; None: no limit.
    """

    kind: GateKind
    name: str = ""
    prompt: str = ""
    type: Type | None = None
    timeout_s: float | None = None


@dataclass(slots=True, eq=False)
class NodePlan:
    """A node of a workflow. Exactly one of *task*, *workflow*, *map*, *branch* and *gate* is set.

    Attributes:
        index: position in `WorkflowPlan.nodes`.
        id: its id in the spec.
        name: name for people.
        inputs: bindings of every parameter of the target, defaults included, in the interface's order; of a branch,
            what its conditions and blocks refer to: the workflow's inputs, and outputs as `captured` names them; of a
            sleep, `duration`.
        outputs: names of the target's outputs, in order.
        upstream: indices of nodes that must have succeeded before, sorted, distinct.
        downstream: indices of nodes that wait for this one, sorted, distinct.
        readers: for each output, how many bindings (of nodes, or of the workflow's outputs) read it.
    """

    index: int
    id: str
    name: str
    task: TaskPlan | None
    workflow: "WorkflowPlan | None"
    inputs: tuple[BindingPlan, ...]
    outputs: tuple[str, ...]
    upstream: tuple[int, ...]
    downstream: tuple[int, ...]
    readers: dict[str, int] = field(default_factory=dict)
    map: MapPlan | None = None
    branch: BranchPlan | None = None
    gate: GatePlan | None = None


@dataclass(slots=True, eq=False)
class WorkflowPlan:
    """A workflow: nodes in the order of declaration.

    Attributes:
        key: index in `Plan.workflows`.
        name: name of the workflow.
        interface: what it takes and gives.
        nodes: the nodes.
        outputs: binding of each output, in the interface's order.
        run_what_can_run: whether nodes that do not depend on a failed one still run.
        is_block: whether it is a block of a branch, rather than a workflow that was declared.
        on_failure: what is called when it has failed; None: nothing.
    """

    key: int
    name: str
    interface: Interface
    nodes: tuple[NodePlan, ...]
    outputs: tuple[BindingPlan, ...]
    run_what_can_run: bool
    is_block: bool = False
    on_failure: "HandlerPlan | None" = None


class HandlerPlan(NamedTuple):
    """What is called when a workflow has failed.

    Attributes:
        node: the call, as one more node of the workflow; nothing waits for it, and it waits for the end of all others.
        run_on_abort: whether it is called when the workflow is cancelled, too.
    """

    node: NodePlan
    run_on_abort: bool


@dataclass(slots=True, eq=False)
class Plan:
    """All that an execution of one entity needs.

    A task alone is a workflow of one node, `task`, that passes all through; a launch plan one of one node, `workflow`.

    Attributes:
        entity: name of the entity.
        root: its graph.
        tasks: every distinct effective task.
        workflows: every workflow, the root first; a sub-workflow that is called twice stands once; blocks of
            branches come last.
    """

    entity: str
    root: WorkflowPlan
    tasks: tuple[TaskPlan, ...]
    workflows: tuple[WorkflowPlan, ...]
