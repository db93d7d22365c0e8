"""Nodes that wait for a time or an answer, and hold nothing meanwhile."""

import hashlib

from godwitidl.core.v1.values_pb2 import Literal

from godwit_core.compiler.plan import GateKind, GatePlan
from godwit_core.engine.events import Answer, Answered, Recover, TimerKind, WakeAt
from godwit_core.engine.failures import make_error, timeout_error
from godwit_core.engine.phases import NodePhase, Trigger
from godwit_core.engine.scopes import parent_of
from godwit_core.engine.state import Node, Value, Values
from godwit_core.engine.work import Work

REJECTED = "REJECTED"
TIMEOUT_GATE = "TIMEOUT_GATE"


def begin(work: Work, node: Node, gate: GatePlan, values: Values) -> None:
    """Have a pending gate wait, unless what an earlier execution waited for still stands."""
    if gate.kind is GateKind.SLEEP:
        node.due_us = work.now_us + _length_us(values["duration"])
    elif gate.timeout_s is not None:
        node.due_us = work.now_us + round(gate.timeout_s * 1e6)
    node.reuse_key = _reuse_key(node, gate, values)
    if work.execution.recovers and _is_reusable(node):
        work.effects.append(Recover(node))
    else:
        wait(work, node)


def sleep(work: Work, node: Node, duration: Value) -> None:
    """Have a pending native task succeed when *duration*, an encoded literal of that type, has passed."""
    node.due_us = work.now_us + _length_us(duration)
    wait(work, node)


def wait(work: Work, node: Node) -> None:
    """Have a pending node wait for its answer or its time."""
    gate = node.plan.gate
    asks = gate is not None and gate.kind is not GateKind.SLEEP
    if not asks and node.due_us <= work.now_us:
        work.succeed(node, {}, Trigger.DONE_AT_ONCE)
        return
    work.move(node, Trigger.WAITS)
    prompt = (gate.prompt or node.plan.name) if gate is not None and asks else ""
    work.record("node_waiting", node, prompt, node.due_us)
    go_on(work, node)


def go_on(work: Work, node: Node) -> None:
    """Set the timer of a node that waits, also after a restart."""
    if node.due_us:
        work.effects.append(WakeAt(node, node.due_us, TimerKind.WAIT))


def _length_us(duration: Value) -> int:
    length = Literal.FromString(duration[0]).duration
    return length.seconds * 1_000_000 + length.nanos // 1000


def _reuse_key(node: Node, gate: GatePlan, values: Values) -> bytes:
    """Return the digest by which an answer is known again: same place, same question, same length of a sleep."""
    of = b"" if gate.type is None else gate.type.SerializeToString(deterministic=True)
    parts = [b"godwit gate 1", node.path.encode(), gate.kind.encode(), gate.prompt.encode(), of]
    parts += [digest for _, digest in values.values()]
    return hashlib.sha256(b"\0".join(parts)).digest()


def _is_reusable(node: Node) -> bool:
    """Return whether all that a person could see before answering is as it was: it was recovered, too."""
    at: Node | None = node
    while at is not None:
        if at is at.scope.handler:
            return False
        if any(at.scope.nodes[index].phase is not NodePhase.RECOVERED for index in at.plan.upstream):
            return False
        at = parent_of(at)
    return True


def waits(node: Node) -> bool:
    """Return whether *node* is a gate that waits."""
    return node.plan.gate is not None and node.phase is NodePhase.WAITING


def waits_for_answer(node: Node) -> bool:
    """Return whether *node* is a gate that somebody must answer now."""
    gate = node.plan.gate
    return gate is not None and gate.kind is not GateKind.SLEEP and node.phase is NodePhase.WAITING


def timer_fired(work: Work, node: Node) -> None:
    """End a node whose time has come: its sleep is over, or nobody has answered in time."""
    gate = node.plan.gate
    if waits_for_answer(node) and gate is not None:
        work.give_up(node, timeout_error(TIMEOUT_GATE, "Waiting for an answer", gate.timeout_s or 0.0))
    elif node.phase is NodePhase.WAITING:
        work.succeed(node, {}, Trigger.ELAPSED)


def answered(work: Work, event: Answered) -> None:
    """Take an answer; one that comes too late, or a second one, changes nothing."""
    node = work.execution.nodes.get(event.node)
    if node is None or not waits_for_answer(node):
        return
    work.record("node_answered", node, event.answer, event.reason)
    if event.answer is Answer.REJECTED:
        reason = event.reason or "It was rejected."
        work.fail(node, make_error(REJECTED, reason), Trigger.REJECTED)
    else:
        work.succeed(node, event.outputs, Trigger.ANSWERED)
