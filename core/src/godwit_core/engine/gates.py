"""Nodes that wait for a time or an answer, and hold nothing meanwhile."""

from godwitidl.core.v1.values_pb2 import Literal

from godwit_core.compiler.plan import GateKind, GatePlan
from godwit_core.engine.events import Answer, Answered, TimerKind, WakeAt
from godwit_core.engine.failures import make_error, timeout_error
from godwit_core.engine.phases import NodePhase, Trigger
from godwit_core.engine.state import Node, Value, Values
from godwit_core.engine.work import Work

REJECTED = "REJECTED"
TIMEOUT_GATE = "TIMEOUT_GATE"


def begin(work: Work, node: Node, gate: GatePlan, values: Values) -> None:
    """Have a pending gate wait."""
    if gate.kind is GateKind.SLEEP:
        sleep(work, node, values["duration"])
        return
    node.due_us = 0 if gate.timeout_s is None else work.now_us + round(gate.timeout_s * 1e6)
    work.move(node, Trigger.WAITS)
    work.record("node_waiting", node, gate.prompt or node.plan.name, node.due_us)
    go_on(work, node)


def sleep(work: Work, node: Node, duration: Value) -> None:
    """Have a pending node succeed when *duration*, an encoded literal of that type, has passed."""
    length = Literal.FromString(duration[0]).duration
    length_us = length.seconds * 1_000_000 + length.nanos // 1000
    if length_us <= 0:
        work.succeed(node, {}, Trigger.DONE_AT_ONCE)
        return
    node.due_us = work.now_us + length_us
    work.move(node, Trigger.WAITS)
    work.record("node_waiting", node, "", node.due_us)
    go_on(work, node)


def go_on(work: Work, node: Node) -> None:
    """Set the timer of a node that waits, also after a restart."""
    if node.due_us:
        work.effects.append(WakeAt(node, node.due_us, TimerKind.GATE if waits_for_answer(node) else TimerKind.SLEEP))


def waits(node: Node) -> bool:
    """Return whether *node* is a gate that waits."""
    return node.plan.gate is not None and node.phase is NodePhase.WAITING


def waits_for_answer(node: Node) -> bool:
    """Return whether *node* is a gate that somebody must answer now."""
    gate = node.plan.gate
    return gate is not None and gate.kind is not GateKind.SLEEP and node.phase is NodePhase.WAITING


def timer_fired(work: Work, node: Node, kind: TimerKind) -> None:
    """End a node whose time has come: its sleep is over, or nobody has answered in time."""
    if node.phase is not NodePhase.WAITING:
        return
    if kind is TimerKind.SLEEP:
        work.succeed(node, {}, Trigger.ELAPSED)
    elif node.plan.gate is not None:
        limit_s = node.plan.gate.timeout_s or 0.0
        work.give_up(node, timeout_error(TIMEOUT_GATE, "Waiting for an answer", limit_s))


def answered(work: Work, event: Answered) -> None:
    """Take an answer; one that comes too late, or a second one, changes nothing."""
    node = work.execution.nodes[event.node]
    if not waits_for_answer(node):
        return
    work.record("node_answered", node, event.answer, event.reason)
    if event.answer is Answer.REJECTED:
        reason = event.reason or "It was rejected."
        work.fail(node, make_error(REJECTED, reason), Trigger.REJECTED)
    else:
        work.succeed(node, event.outputs, Trigger.ANSWERED)
