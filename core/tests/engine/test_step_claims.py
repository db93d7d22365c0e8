"""Nodes that wait for a result which another one computes, one rule at a time."""

import graphs
from godwit_core.engine.claims import POLL_US
from godwit_core.engine.events import (
    AbortRequested,
    Began,
    CacheAnswered,
    Conclude,
    Ended,
    Enqueue,
    LookUp,
    Outcome,
    Release,
    Remember,
    Resumed,
    Started,
    TimerFired,
    TimerKind,
    WakeAt,
)
from godwit_core.engine.phases import CacheStatus, ExecutionPhase, NodePhase
from godwit_core.engine.step import step


def begin(**settings):
    state = graphs.execution(graphs.workflow(0, [graphs.task(0, cached=True, serialize=True, **settings)], {}))
    effects = step(state, Began(1))
    assert LookUp(state.nodes[0]) in effects
    return state, state.nodes[0]


def waiting(**settings):
    state, node = begin(**settings)
    effects = step(state, CacheAnswered(2, 0, None, is_claimed=True))
    assert effects == [WakeAt(node, 2 + POLL_US, TimerKind.RETRY)]
    assert node.phase is NodePhase.WAITING
    return state, node


def due(state, now):
    return step(state, TimerFired(now, 0, TimerKind.RETRY, 0))


def test_a_node_whose_result_another_one_computes_waits_and_takes_it():
    state, node = waiting()
    assert due(state, 3 + POLL_US) == [LookUp(node)]
    effects = step(state, CacheAnswered(4 + POLL_US, 0, graphs.OUTPUTS))
    assert effects == [Conclude()]
    assert (node.phase, node.cache, node.attempt) == (NodePhase.SUCCEEDED, CacheStatus.HIT, 0)
    assert state.outputs == graphs.OUTPUTS


def test_it_computes_when_the_other_one_has_failed():
    state, node = waiting()
    due(state, 3 + POLL_US)
    assert step(state, CacheAnswered(4 + POLL_US, 0, None)) == [Enqueue(node)]
    assert (node.phase, node.cache, node.due_us) == (NodePhase.QUEUED, CacheStatus.MISS, 0)


def test_a_hint_that_comes_in_vain_sets_no_second_timer():
    state, node = waiting()
    assert due(state, 3) == [LookUp(node)]
    assert step(state, CacheAnswered(3, 0, None, is_claimed=True)) == []
    assert due(state, 2 + POLL_US) == [LookUp(node)]
    effects = step(state, CacheAnswered(2 + POLL_US, 0, None, is_claimed=True))
    assert effects == [WakeAt(node, 2 + 2 * POLL_US, TimerKind.RETRY)]


def test_who_has_computed_lets_go_of_the_claim():
    state, node = begin()
    step(state, CacheAnswered(2, 0, None))
    step(state, Started(3, 0))
    effects = step(state, Ended(4, 0, 1, Outcome.SUCCEEDED, graphs.OUTPUTS))
    assert effects == [Remember(node, b"", graphs.OUTPUTS), Release(node), Conclude()]


def test_who_is_aborted_lets_go_of_the_claim():
    state, node = begin()
    step(state, CacheAnswered(2, 0, None))
    assert Release(node) in step(state, AbortRequested(3, ""))


def test_a_task_that_does_not_serialize_claims_nothing():
    state = graphs.execution(graphs.workflow(0, [graphs.task(0, cached=True)], {}))
    step(state, Began(1))
    step(state, CacheAnswered(2, 0, None))
    assert not any(isinstance(effect, Release) for effect in step(state, AbortRequested(3, "")))


def test_a_node_that_waits_is_aborted_at_once():
    state, node = waiting()
    assert Conclude() in step(state, AbortRequested(3, ""))
    assert (node.phase, state.phase) == (NodePhase.ABORTED, ExecutionPhase.ABORTED)


def test_its_deadline_counts_while_it_waits():
    state, node = begin(overall=1.0)
    step(state, CacheAnswered(2, 0, None, is_claimed=True))
    step(state, TimerFired(1_000_002, 0, TimerKind.DEADLINE, 0))
    assert node.phase is NodePhase.FAILED
    assert b"TIMEOUT_DEADLINE" in node.error


def test_a_node_that_waits_asks_again_after_a_restart():
    state, node = waiting()
    assert step(state, Resumed(3)) == [WakeAt(node, 2 + POLL_US, TimerKind.RETRY)]
    assert due(state, 2 + POLL_US) == [LookUp(node)]
