"""Results that a reader found damaged: nobody shall take them again, and who made them makes them anew, once.

A reader whose attempt failed because of its data asks the shell which of its inputs are damaged (`Examine`). The tasks
that produced these go back to the beginning; a sub-workflow around one that was closed is opened again for that one
node. The reader goes back, too, at no cost to its retries, and reads what is there then. Who has read without complaint
keeps what it made of it. `lineage.py` finds the producers.
"""

from collections.abc import Iterator

from godwitidl.core.v1.errors_pb2 import RETRY_FORBIDDEN, ExecutionError
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals

from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine import handlers
from godwit_core.engine.bindings import BindingError, resolve
from godwit_core.engine.events import Ended, Evict, Examine, Examined, Outcome, TimerKind
from godwit_core.engine.lineage import Unproducible, producers
from godwit_core.engine.phases import CacheStatus, NodePhase, Trigger
from godwit_core.engine.scopes import parent_of, returned_nodes
from godwit_core.engine.state import Execution, Node, Scope, Values
from godwit_core.engine.work import Work

CODES = frozenset({"DATA_CORRUPT", "BLOB_MISSING"})
"""Errors of a reader whose input is not what was stored."""


def noted(work: Work, node: Node, encoded: bytes) -> None:
    """Have the results that *node* reads evicted, if *encoded* says that one of them is damaged."""
    if ExecutionError.FromString(encoded).code in CODES:
        work.effects.extend(Evict(one) for one in _cached_producers(node))


def _cached_producers(node: Node) -> Iterator[Node]:
    """Yield the cached nodes whose results *node* may read: those before it, and before the sub-workflows around it."""
    reader: Node | None = node
    while reader is not None:
        for index in reader.plan.upstream:
            before = reader.scope.nodes[index]
            if before.cache_key:
                yield before
        reader = parent_of(reader)


def is_asked(work: Work, node: Node, event: Ended) -> bool:
    """Have the inputs of *node* examined, if its attempt failed because of one; return whether that was asked."""
    if event.outcome is not Outcome.FAILED or node.cancelling or not node.inputs:
        return False
    if ExecutionError.FromString(event.error).code not in CODES:
        return False
    work.effects.append(Examine(node, event.error, event.draw))
    return True


def examined(work: Work, node: Node, event: Examined) -> None:
    """Have what is damaged produced again, and the reader read it then; else the attempt has failed as any other."""
    if node.phase is not NodePhase.RUNNING or node.attempt != event.attempt:
        return
    encoded = event.error
    if event.damaged and not node.cancelling:
        try:
            _go_back(work, node, event.damaged)
        except Unproducible as reason:
            encoded = _told(work.execution, encoded, reason)
        else:
            return
    work.attempt_failed(node, encoded, event.draw)


def produce(work: Work, node: Node, task: TaskPlan) -> None:
    """Send a node that was taken back, and has its inputs, to its queue: what is stored of it is not asked for."""
    if task.timeout_overall_s is not None:
        work.wake(node, task.timeout_overall_s, TimerKind.DEADLINE)
    node.cache = CacheStatus.DISABLED if task.cache is None else CacheStatus.OVERWRITTEN
    work.enqueue(node, Trigger.READY)


def is_blocked(node: Node) -> bool:
    """Return whether something that a workflow around *node* reads is being produced again; its end makes it ready."""
    around = node.scope.parent
    while around is not None:
        nodes = around.scope.nodes
        if any(not nodes[index].phase.final for index in around.plan.upstream):
            return True
        around = around.scope.parent if around.owner is None else around.owner
    return False


def settled(work: Work, node: Node) -> None:
    """Give what *node* made, now that it has ended again, to the sub-workflows under way that read it."""
    execution = work.execution
    execution.reproducing.discard(node.number)
    for index in node.plan.downstream:
        reader = node.scope.nodes[index]
        if reader.phase is NodePhase.RUNNING and reader.child is not None:
            _refresh(work, reader, reader.child)


def _refresh(work: Work, node: Node, scope: Scope) -> None:
    """Bind the inputs of a sub-workflow under way anew, and have those go on that waited for that."""
    if not any(not node.scope.nodes[index].phase.succeeded for index in node.plan.upstream):
        scope.inputs = _inputs_now(work.execution, node)
    for inner in scope.nodes:
        if inner.phase is NodePhase.PENDING and not inner.waiting_for:
            work.ready.append(inner)
        elif inner.child is not None and inner.phase is NodePhase.RUNNING:
            _refresh(work, inner, inner.child)


def _go_back(work: Work, reader: Node, damaged: tuple[str, ...]) -> None:
    """Take back who produced the damaged inputs, unless that has been done meanwhile, and *reader* with them.

    Raises:
        Unproducible: one of them cannot be had again; nothing has changed.
    """
    execution = work.execution
    for node in _to_take_back(execution, reader, damaged):
        _take_back(work, node)
    work.record("retry_scheduled", reader, reader.attempt + 1, work.now_us, False, 0)
    work.move(reader, Trigger.INPUT_DAMAGED)
    reader.inputs = b""
    _prepare(execution, reader)
    if not reader.waiting_for:
        work.ready.append(reader)


def _to_take_back(execution: Execution, reader: Node, damaged: tuple[str, ...]) -> list[Node]:
    """Return the producers of the damaged inputs that are to run again; none where *reader* would read others now.

    Raises:
        Unproducible: one of them cannot be had again.
    """
    if reader.owner is not None:
        raise _unproducible(execution, reader.owner, damaged, "what reads it is an item of a map")
    if handlers.is_inside(reader):
        raise _unproducible(execution, reader, damaged, "what reads it is done because of a failure")
    made = [node for name in damaged for node in producers(execution, reader.scope, reader.plan.inputs, name)]
    if not _reads_the_same(execution, reader, damaged):
        return []
    if not made:
        raise Unproducible("", "no task has made it")
    found = list(dict.fromkeys(made))
    for node in found:
        if node.phase.final and not node.phase.succeeded:
            raise Unproducible(node.path, f"it has ended as {node.phase.name}")
        if node.phase.succeeded and node.reproductions:
            raise Unproducible(node.path, "it was produced again already")
    return [node for node in found if node.phase.succeeded]


def _unproducible(execution: Execution, reader: Node, damaged: tuple[str, ...], why: str) -> Unproducible:
    """Return why nothing is produced again for *reader*, and whose results it reads."""
    named = [one.name for one in reader.plan.inputs if one.name in damaged]
    found = [node for name in named for node in producers(execution, reader.scope, reader.plan.inputs, name)]
    return Unproducible(found[0].path if found else "", why)


def _reads_the_same(execution: Execution, reader: Node, damaged: tuple[str, ...]) -> bool:
    """Return whether *reader* would be given now what it has read."""
    read = {one.name: one.value for one in NamedLiterals.FromString(reader.inputs).values}
    now = _inputs_now(execution, reader)
    return all(read[name] == Literal.FromString(now[name][0]) for name in damaged)


def _inputs_now(execution: Execution, node: Node) -> Values:
    """Return what *node* would be given now."""
    for index in node.plan.upstream:
        _load_outputs(execution, node.scope.nodes[index])
    try:
        return resolve(node.scope, node.plan.inputs, execution.load)
    except BindingError as error:
        raise Unproducible(node.path, str(error)) from error


def _take_back(work: Work, node: Node) -> None:
    """Have a task that has succeeded run again, and the sub-workflows around it wait for it."""
    execution = work.execution
    if node.cache_key:
        work.effects.append(Evict(node))
    _load_outputs(execution, node)  # they stay in its row until there are others: a restart binds its readers to them
    work.record("retry_scheduled", node, node.attempt + 1, work.now_us, False, 0)
    work.move(node, Trigger.OUTPUTS_DAMAGED)
    _note(execution, node)
    at = node
    while (around := at.scope.parent) is not None and around.phase.final:
        _load_outputs(execution, around)
        work.move(around, Trigger.OUTPUTS_DAMAGED_WITHIN)
        around.child = at.scope
        _note(execution, around)
        for index in returned_nodes(at.scope.plan):
            one = at.scope.nodes[index]
            _load_outputs(execution, one)
            one.unread = max(one.unread, 0) + (one is not at)
        at = around
    _prepare(execution, node)
    if not node.waiting_for:
        work.ready.append(node)


def _note(execution: Execution, node: Node) -> None:
    """Count a node that goes back as unfinished, and have those wait for it that have not begun."""
    node.reproductions += 1
    node.unread = sum(node.scope.nodes[index].phase is NodePhase.PENDING for index in node.plan.downstream)
    node.unread += node.plan.index in returned_nodes(node.scope.plan)
    node.scope.unfinished += 1
    execution.reproducing.add(node.number)
    for index in node.plan.downstream:
        _count(node.scope.nodes[index])


def _prepare(execution: Execution, node: Node) -> None:
    """Have a node that goes back read the outputs before it once more."""
    _count(node)
    for index in node.plan.upstream:
        before = node.scope.nodes[index]
        _load_outputs(execution, before)
        before.unread = max(before.unread, 0) + 1


def _count(node: Node) -> None:
    nodes = node.scope.nodes
    node.waiting_for = sum(not nodes[index].phase.succeeded for index in node.plan.upstream)


def _load_outputs(execution: Execution, node: Node) -> None:
    """Give a node its outputs again, which may have been released."""
    if node.outputs is None:
        node.outputs = execution.load_outputs(node.number)


def _told(execution: Execution, encoded: bytes, reason: Unproducible) -> bytes:
    """Return the error of a reader with who produced what is damaged, and what helps."""
    error = ExecutionError.FromString(encoded)
    where = f" It comes from node {reason.path}, which is not run again here: {reason.why}." if reason.path else ""
    where = where or f" It cannot be produced again: {reason.why}."
    error.message += f"{where} Run it again: godwit executions recover {execution.name}"
    error.retry = RETRY_FORBIDDEN
    return error.SerializeToString()
