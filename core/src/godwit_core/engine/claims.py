"""Nodes that wait because another one, here or in another execution, computes the very result that they need."""

from godwit_core.engine.events import CacheAnswered, LookUp, Release, TimerKind, WakeAt
from godwit_core.engine.phases import CacheStatus, NodePhase, Trigger, next_phase
from godwit_core.engine.state import Node
from godwit_core.engine.work import Work

POLL_US = 500_000
"""Time between two looks at a claim that another engine holds; whoever waits in the same engine is told at once."""


def answered(work: Work, node: Node, event: CacheAnswered) -> None:
    """Go on with a node that the cache was asked for: with its result, with computing it, or with waiting for it."""
    waits = is_waiting(node)
    if node.phase is not NodePhase.PENDING and not waits:
        return
    if event.outputs is not None:
        node.due_us = 0
        node.cache = CacheStatus.HIT
        work.succeed(node, event.outputs, Trigger.CACHE_HIT)
    elif event.is_claimed:
        _wait(work, node)
    else:
        node.due_us = 0
        work.enqueue(node, Trigger.DUE if waits else Trigger.READY)


def is_waiting(node: Node) -> bool:
    """Return whether *node* waits for a result that another one computes."""
    task = node.plan.task
    is_cached = task is not None and task.cache is not None
    return node.phase is NodePhase.WAITING and is_cached and not node.attempt


def ask_again(work: Work, node: Node) -> None:
    """Ask the cache once more."""
    work.effects.append(LookUp(node))


def release(work: Work, node: Node) -> None:
    """Let others compute, or take, the result of a node that has ended."""
    task = node.plan.task
    if task is None or task.cache is None or not task.cache.serialize:
        return
    if node.cache is not CacheStatus.HIT and (node.cache_key or node.attempt):
        work.effects.append(Release(node))


def _wait(work: Work, node: Node) -> None:
    if node.phase is NodePhase.PENDING:
        node.phase = next_phase(node.phase, Trigger.WAITS)
    elif work.now_us < node.due_us:
        return  # told before its time, in vain; the timer is still to come
    node.due_us = work.now_us + POLL_US
    if node.owner is None:  # an item that waits is as good as one that has not begun
        work.touch(node)
    work.effects.append(WakeAt(node, node.due_us, TimerKind.RETRY))
