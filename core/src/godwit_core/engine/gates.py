"""Nodes that wait for a time, and hold nothing meanwhile."""

from godwitidl.core.v1.values_pb2 import Literal

from godwit_core.engine.events import TimerKind, WakeAt
from godwit_core.engine.phases import NodePhase, Trigger
from godwit_core.engine.state import Node, Value
from godwit_core.engine.work import Work


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
    work.effects.append(WakeAt(node, node.due_us, TimerKind.SLEEP))


def timer_fired(work: Work, node: Node) -> None:
    """End a node whose time has come."""
    if node.phase is NodePhase.WAITING:
        work.succeed(node, {}, Trigger.ELAPSED)
