"""What a timer asks for when it is due. One that nobody waits for any more changes nothing."""

from godwit_core.engine import claims, gates
from godwit_core.engine.events import TimerFired, TimerKind
from godwit_core.engine.failures import timeout_error
from godwit_core.engine.phases import NodePhase, Trigger
from godwit_core.engine.state import Node
from godwit_core.engine.work import TIMEOUT_ATTEMPT, TIMEOUT_DEADLINE, Work


def fired(work: Work, node: Node | None, event: TimerFired) -> None:
    """Do what the timer of *node* was set for; None: an item that is no longer live."""
    task = node.plan.task if node is not None else None
    if node is not None and event.kind is TimerKind.WAIT:
        if node.map is not None:
            work.filling.append(node)
        else:
            gates.timer_fired(work, node)
        return
    if node is None or node.phase.final or task is None:
        return
    if event.kind is TimerKind.RETRY:
        _due(work, node, event.attempt)
    elif event.kind is TimerKind.ATTEMPT:
        if node.phase is NodePhase.RUNNING and event.attempt == node.attempt:
            work.cancel(node, TIMEOUT_ATTEMPT)
    elif event.kind is TimerKind.QUEUE:
        if node.phase is NodePhase.QUEUED and event.attempt == node.attempt:
            limit = task.timeout_queue_s or 0.0
            work.give_up(node, timeout_error("TIMEOUT_QUEUE", "Waiting for a place", limit))
    elif node.phase is NodePhase.RUNNING:
        work.cancel(node, TIMEOUT_DEADLINE)
    else:
        work.give_up(node, timeout_error(TIMEOUT_DEADLINE, "The node", task.timeout_overall_s or 0.0))


def _due(work: Work, node: Node, attempt: int) -> None:
    if claims.is_waiting(node):
        claims.ask_again(work, node)
    elif node.phase is NodePhase.WAITING and attempt == node.attempt:
        node.due_us = 0
        work.enqueue(node, Trigger.DUE)
