"""The state of one execution: a tree of scopes with their nodes. Mutable, small, owned by one engine.

A *scope* is one instance of a workflow: the root, a sub-workflow, or an item of a map. Nodes are numbered through an
execution, in the order in which their scopes are opened, so that a node is one integer in rows and events.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from godwitidl.core.v1.values_pb2 import DataRef, Literal

from godwit_core.compiler.plan import BindingPlan, NodePlan, Plan, WorkflowPlan
from godwit_core.engine.phases import CacheStatus, ExecutionPhase, NodePhase

Value = tuple[bytes, bytes]
"""An encoded literal, and its digest."""

Values = dict[str, Value]
"""Values by name, in the order of their interface."""


Load = Callable[[DataRef], Literal]
"""Gives the value that a reference stands for. Raises `DataError` when it is not there, or damaged."""

LoadOutputs = Callable[[int], Values]
"""Gives the outputs of a node that has succeeded, as its row has them, by its number."""

LoadItems = Callable[[DataRef], Sequence[bytes]]
"""Gives the encoded items of the list that a reference stands for, read when asked for. Raises like `Load`."""


def no_outputs(number: int) -> Values:
    """Stand for `LoadOutputs` where no rows are.

    Raises:
        LookupError: always.
    """
    raise LookupError(number)


def no_items(reference: DataRef) -> Sequence[bytes]:
    """Stand for `LoadItems` where no list is mapped.

    Raises:
        LookupError: always.
    """
    raise LookupError(reference.uri)


@dataclass(slots=True, eq=False, repr=False)
class Options:
    """What whoever launched the execution chose.

    Attributes:
        overwrite_cache: compute although the cache has it, and store the result.
        run_what_can_run: replaces the root workflow's failure policy; None: as the workflow says.
        max_parallelism: how many attempts may run at a time; None: no limit of its own.
        priority: executions with a higher one come first.
        backend: key of the backend of tasks that name none; empty: that of the engine.
    """

    overwrite_cache: bool = False
    run_what_can_run: bool | None = None
    max_parallelism: int | None = None
    priority: int = 0
    backend: str = ""


class Finished(NamedTuple):
    """An item that has ended, as it is stored. *outputs* on success, *error* (encoded) otherwise."""

    item: int
    attempt: int
    cache: CacheStatus
    outputs: Values | None
    error: bytes
    log: bytes

    @property
    def recovered(self) -> bool:
        """Whether it was taken over from an earlier execution: nothing ran, and the cache was not asked."""
        return not self.attempt and self.cache is CacheStatus.UNSPECIFIED and self.outputs is not None


class Progress(NamedTuple):
    """A live item that has been started before, as it is stored. *waiting*: it waits for its next attempt."""

    item: int
    attempt: int
    running: bool
    failures: int
    infrastructure_failures: int
    engine_losses: int
    growths: int
    due_us: int
    cancelling: str


Record = Finished | Progress


@dataclass(slots=True, eq=False)
class MapState:
    """The items of one map node.

    Attributes:
        lists: items of each mapped parameter, encoded; read one by one.
        bound: values of the other parameters, and what *made* refers to, as the map has captured it.
        order: names of the parameters.
        plan: of each item.
        made: bindings of the parameters that are made of the item.
        load: how a part of a value that is stored elsewhere is got at.
        window: most items that are live at a time.
        allowed: how many items may fail.
        status: of each item: 0 open, 1 succeeded, 2 failed.
        next: first item that was never made.
        live: items that are objects now, by index.
        finished, touched: what has changed since the rows were last written.
        rows: rows written so far.
        first_error: of the first item that failed, encoded.
        stopping: whether no further item is started.
        gathering: whether the outputs are being put together.
        recovering: whether no item begins yet, because an earlier execution may have it.
        recovered: how many were taken over from there.
    """

    plan: NodePlan
    lists: dict[str, Sequence[bytes]]
    bound: Values
    order: tuple[str, ...]
    made: tuple[BindingPlan, ...]
    load: Load
    window: int
    allowed: int
    status: bytearray
    next: int = 0
    live: "dict[int, Node]" = field(default_factory=dict)
    succeeded: int = 0
    failed: int = 0
    finished: list[Finished] = field(default_factory=list)
    touched: "dict[int, Node]" = field(default_factory=dict)
    rows: int = 0
    first_error: bytes = b""
    stopping: bool = False
    gathering: bool = False
    recovering: bool = False
    recovered: int = 0

    @property
    def count(self) -> int:
        """How many items there are."""
        return len(self.status)


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """One node of a scope.

    Attributes:
        number: key in the execution.
        waiting_for: how many nodes upstream have not succeeded yet.
        attempt: number of the attempt under way or last started; 0 before the first.
        submitted: whether a backend holds the attempt that is to come.
        failures, infrastructure_failures, engine_losses: attempts that ended so, each with a budget of its own.
        growths: how often an attempt ran out of memory, and the next was given more.
        reproductions: how often it, or something in it, was run again because its outputs were damaged.
        cancelling: why the attempt under way is being cancelled, an error code; empty when it is not.
        cache_key: key of the result; empty when it is not cached.
        reuse_key: by which a later execution that recovers this one knows the result; empty of a sub-workflow.
        inputs: encoded `NamedLiterals`, from readiness to the end.
        outputs: values, from success until every reader has read them.
        error: encoded `ExecutionError`; empty while there is none.
        usage, log: of the last attempt, encoded; may be empty.
        handle: what the backend finds the attempt by.
        ready_us, started_us, finished_us: of the node, microseconds since the epoch; 0 before.
        due_us: when a waiting node goes on; 0 when it does not wait.
        unread: readers that have not read the outputs yet.
        child: scope of a sub-workflow under way.
        map: items of a map node under way.
        items, items_succeeded, items_failed: of a map node: how many there are, have succeeded, have failed.
        item, owner: of an item of a map: its index, and the map node, whose number it shares; -1 and None otherwise.
    """

    plan: NodePlan
    scope: "Scope"
    number: int
    waiting_for: int
    phase: NodePhase = NodePhase.PENDING
    attempt: int = 0
    submitted: bool = False
    failures: int = 0
    infrastructure_failures: int = 0
    engine_losses: int = 0
    growths: int = 0
    reproductions: int = 0
    cancelling: str = ""
    cache: CacheStatus = CacheStatus.UNSPECIFIED
    cache_key: bytes = b""
    reuse_key: bytes = b""
    inputs: bytes = b""
    outputs: Values | None = None
    error: bytes = b""
    usage: bytes = b""
    log: bytes = b""
    handle: bytes = b""
    ready_us: int = 0
    started_us: int = 0
    finished_us: int = 0
    due_us: int = 0
    unread: int = 0
    child: "Scope | None" = None
    map: MapState | None = None
    items: int = 0
    items_succeeded: int = 0
    items_failed: int = 0
    item: int = -1
    owner: "Node | None" = None

    @property
    def path(self) -> str:
        """Text form of the path: ids of nodes from the outside in, joined by `/`; an item's index in brackets."""
        if self.owner is not None:
            return f"{self.owner.path}/[{self.item}]"
        parent = self.scope.parent
        return f"{parent.path}/{self.plan.id}" if parent else self.plan.id


@dataclass(slots=True, eq=False, repr=False)
class Scope:
    """One instance of a workflow.

    Attributes:
        number: key in the execution, the root is 0.
        parent: node that it is the work of; None for the root.
        first: number of its first node.
        unfinished: nodes that have not ended.
        failed: first error of a node that failed; empty while none has.
        halted: whether nothing new starts here any more.
        handler: the node that the failure handler is, not among *nodes*; None: the workflow has none.
        handled: the error that it handles, once it is called.
        of_item: whether it is the work of an item of a map, or part of that; it leaves the memory when it is closed.
    """

    number: int
    plan: WorkflowPlan
    parent: Node | None
    inputs: Values
    first: int
    nodes: list[Node] = field(default_factory=list)
    unfinished: int = 0
    failed: bytes = b""
    halted: bool = False
    handler: Node | None = None
    handled: bytes = b""
    of_item: bool = False


_first = attrgetter("first")


class Nodes:
    """The nodes of scopes that are in memory, by number. *scopes*: sorted; the list may change."""

    __slots__ = ("_scopes",)

    def __init__(self, scopes: list[Scope]) -> None:
        self._scopes = scopes

    def get(self, number: int) -> Node | None:
        """Return the node of that number; None when it is not, or no longer, in memory."""
        if not self._scopes:
            return None
        scope = self._scopes[0]
        if number < len(scope.nodes):  # of the root, as most are that are asked for
            return scope.nodes[number]
        scope = self._scopes[bisect_right(self._scopes, number, key=_first) - 1]
        index = number - scope.first
        if index < len(scope.nodes):
            return scope.nodes[index]
        return scope.handler if index == len(scope.nodes) else None

    def __getitem__(self, number: int) -> Node:
        node = self.get(number)
        if node is None:
            raise KeyError(number)
        return node

    def __iter__(self) -> Iterator[Node]:
        for scope in self._scopes:
            yield from scope.nodes
            if scope.handler is not None:
                yield scope.handler

    def __len__(self) -> int:
        return sum(len(scope.nodes) + (scope.handler is not None) for scope in self._scopes)


@dataclass(slots=True, eq=False, repr=False)
class Execution:
    """One execution, and what changed since its rows were last written.

    Attributes:
        id: key of its row.
        name: unique in project and domain.
        load, load_items: how a part, or the items, of an offloaded value are got at.
        load_outputs: gives the stored outputs of a node by its number, where they have left the memory.
        recovers: id of the earlier execution whose results are reused; 0: none.
        scopes: all that were opened, by number, but for those of map items that have been closed.
        nodes: those of these scopes, by number.
        scope_count, node_count: how many were opened altogether: the next number of each.
        outputs: values, once it has succeeded.
        error: first cause, encoded; empty while there is none.
        aborting: whether an abort was asked for.
        ends_handlers: whether that abort ends failure handlers, too, also those that run on abort.
        sequence: number of the last event of its history.
        dirty: nodes whose rows must be written, by number.
        dirty_maps: map nodes whose items have changed, by number.
        new_scopes: scopes whose rows must be written.
        history: events that must be stored, as `history.py` defines them.
        changed: whether its own row must be written.
        reproducing: numbers of nodes that are run again because their outputs were damaged.
        released: nodes whose outputs every reader has read; they are dropped once they are stored.
    """

    id: int
    name: str
    project: str
    domain: str
    plan: Plan
    inputs: Values
    options: Options
    load: Load
    recovers: int = 0
    load_items: LoadItems = no_items
    load_outputs: LoadOutputs = no_outputs
    phase: ExecutionPhase = ExecutionPhase.QUEUED
    scopes: list[Scope] = field(default_factory=list)
    nodes: Nodes = field(init=False)
    scope_count: int = 0
    node_count: int = 0
    outputs: Values | None = None
    error: bytes = b""
    aborting: bool = False
    ends_handlers: bool = False
    abort_reason: str = ""
    created_us: int = 0
    finished_us: int = 0
    sequence: int = 0
    dirty: dict[int, Node] = field(default_factory=dict)
    dirty_maps: dict[int, Node] = field(default_factory=dict)
    new_scopes: list[Scope] = field(default_factory=list)
    history: list[tuple[object, ...]] = field(default_factory=list)
    changed: bool = False
    reproducing: set[int] = field(default_factory=set)
    released: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes = Nodes(self.scopes)

    def live_nodes(self) -> Iterator[Node]:
        """Yield the nodes that have not ended, by number."""
        return (node for node in self.nodes if not node.phase.final)


def has_changes(execution: Execution) -> bool:
    """Return whether something of *execution* must be stored."""
    return bool(
        execution.dirty or execution.dirty_maps or execution.history or execution.changed or execution.new_scopes
    )


def forget_changes(execution: Execution) -> None:
    """Take note that all changes are stored: drop what nobody will read again."""
    for node in execution.released:
        if node.unread <= 0 and node.number not in execution.reproducing:  # else they are read once more
            node.outputs = None
    execution.released.clear()
    for node in execution.dirty_maps.values():
        if node.phase.final:
            node.map = None
    execution.dirty.clear()
    execution.dirty_maps.clear()
    execution.new_scopes.clear()
    execution.history.clear()
    execution.changed = False
