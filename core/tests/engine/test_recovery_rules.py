"""What of an earlier execution stands for a node of a new one, one rule at a time."""

import graphs
import pytest
from godwit_core.compiler.plan import CacheSettings
from godwit_core.engine.events import Began, Conclude, EarlierAnswered, Enqueue, LookUp, Recover, Started, WakeAt
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.recovery import reuse_key
from godwit_core.engine.state import Options
from godwit_core.engine.step import step


def begin(root, *others, options=None):
    state = graphs.execution(root, *others, options=options, recovers=7)
    return state, step(state, Began(1))


def answer(state, number, outputs=graphs.OUTPUTS):
    return step(state, EarlierAnswered(2, number, outputs))


def test_the_earlier_execution_is_asked_before_the_cache():
    state, effects = begin(graphs.workflow(0, [graphs.task(0, cached=True)], {}))
    assert effects == [Recover(state.nodes[0])]
    assert answer(state, 0, None) == [LookUp(state.nodes[0])]


def test_what_is_taken_over_runs_nothing_and_is_not_remembered():
    state, _ = begin(graphs.workflow(0, [graphs.task(0, cached=True)], {}))
    assert answer(state, 0) == [Conclude()]
    assert state.nodes[0].phase is NodePhase.RECOVERED
    assert state.outputs == graphs.OUTPUTS


def test_what_is_taken_over_is_what_others_wait_for():
    state, _ = begin(graphs.workflow(0, [graphs.task(0), graphs.task(1)], {1: [0]}))
    assert answer(state, 0) == [Recover(state.nodes[1])]
    assert answer(state, 1, None) == [Enqueue(state.nodes[1])]


def test_overwriting_the_cache_does_not_keep_from_recovering():
    root = graphs.workflow(0, [graphs.task(0, cached=True)], {})
    state, effects = begin(root, options=Options(overwrite_cache=True))
    assert effects == [Recover(state.nodes[0])]


def test_no_timer_is_set_for_what_is_taken_over():
    state, effects = begin(graphs.workflow(0, [graphs.task(0, overall=5.0)], {}))
    assert effects == [Recover(state.nodes[0])]
    assert [type(effect) for effect in answer(state, 0, None)] == [WakeAt, Enqueue]


def test_a_late_answer_changes_nothing():
    state, _ = begin(graphs.workflow(0, [graphs.task(0)], {}))
    answer(state, 0, None)
    assert answer(state, 0) == []
    step(state, Started(3, 0))
    assert answer(state, 0) == []
    assert state.nodes[0].phase is NodePhase.RUNNING


def test_a_sub_workflow_is_recovered_when_all_in_it_was():
    inner = graphs.workflow(1, [graphs.task(0), graphs.task(1)], {})
    state, _ = begin(graphs.workflow(0, [inner], {}), inner)
    assert state.nodes[0].phase is NodePhase.RUNNING
    answer(state, 1)
    answer(state, 2)
    assert state.nodes[0].phase is NodePhase.RECOVERED


def test_a_sub_workflow_in_which_something_ran_has_succeeded():
    inner = graphs.workflow(1, [graphs.task(0), graphs.task(1, cached=True)], {})
    state, _ = begin(graphs.workflow(0, [inner], {}), inner)
    answer(state, 1)
    answer(state, 2, None)
    step(state, Started(3, 2))
    assert state.nodes[0].phase is NodePhase.RUNNING


@pytest.mark.parametrize("changed", [{"identity": b"2"}, {"cache": CacheSettings("2", b"")}])
def test_a_key_is_of_the_task_its_version_and_its_inputs(changed):
    task = graphs.task(0)._replace(identity=b"1", cache=CacheSettings("1", b""))
    assert reuse_key(task, b"i") == reuse_key(task._replace(timeout_overall_s=5.0), b"i")
    assert reuse_key(task, b"i") != reuse_key(task, b"j")
    assert reuse_key(task, b"i") != reuse_key(task._replace(**changed), b"i")
