"""Attempts that run out of memory come back with more, at the cost of no retry."""

import graphs
import pytest
from godwit_core.compiler.plan import Needs, RetrySettings
from godwit_core.engine.events import Began, Ended, Enqueue, Outcome, Started
from godwit_core.engine.failures import make_error
from godwit_core.engine.memory import memory_after
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.engine.step import step
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, RETRY_ALLOWED, RETRY_WITH_MORE_MEMORY, ExecutionError
from hypothesis import given
from hypothesis import strategies as st

GIB = 2**30
OUT_OF_MEMORY = make_error("OUT_OF_MEMORY", "x", retry=RETRY_WITH_MORE_MEMORY)
LOST = make_error("RUNNER_LOST", "x", blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)


def larger(declared, growth, maximum, **retries):
    settings = RetrySettings(memory_growth=growth, max_memory_bytes=maximum, **retries)
    return graphs.task(0, retries=settings)._replace(needs=Needs(memory_bytes=declared))


def begin(task):
    state = graphs.execution(graphs.workflow(0, [task], {}))
    step(state, Began(1))
    return state


def fail(state, error):
    step(state, Started(2, 0))
    return step(state, Ended(3, 0, state.nodes[0].attempt, Outcome.FAILED, None, error))


def test_memory_grows_to_its_maximum_and_then_retries_pay():
    task = larger(GIB, 2, 5 * GIB, max_retries=1)
    state = begin(task)
    given_bytes = []
    for _ in range(5):
        assert state.phase is ExecutionPhase.RUNNING
        given_bytes.append(memory_after(task, state.nodes[0].growths))
        effects = fail(state, OUT_OF_MEMORY)
        assert state.phase is not ExecutionPhase.RUNNING or [type(effect) for effect in effects] == [Enqueue]
    assert state.phase is ExecutionPhase.FAILED
    assert given_bytes == [GIB, 2 * GIB, 4 * GIB, 5 * GIB, 5 * GIB]
    assert (state.nodes[0].growths, state.nodes[0].failures) == (3, 2)
    assert ExecutionError.FromString(state.error).code == "OUT_OF_MEMORY"


def test_the_history_says_how_much_more():
    state = begin(larger(GIB, 2, 5 * GIB))
    fail(state, OUT_OF_MEMORY)
    assert [note[-1] for note in state.history if note[0] == "retry_scheduled"] == [2 * GIB]


@pytest.mark.parametrize("task", [larger(GIB, 0, 0), larger(0, 2, 5 * GIB)])
def test_without_growth_it_is_a_failure_like_others(task):
    state = begin(task)
    fail(state, OUT_OF_MEMORY)
    assert state.phase is ExecutionPhase.FAILED


def test_other_failures_bring_no_more_memory():
    state = begin(larger(GIB, 2, 5 * GIB))
    fail(state, LOST)
    assert (state.nodes[0].growths, state.nodes[0].infrastructure_failures) == (0, 1)


@given(
    declared=st.integers(1, 2**40),
    growth=st.floats(1.1, 1e300),
    more=st.integers(0, 2**50),
    growths=st.integers(0, 40),
)
def test_memory_never_falls_nor_passes_its_maximum(declared, growth, more, growths):
    task = larger(declared, growth, declared + more)
    sizes = [memory_after(task, count) for count in range(growths + 1)]
    assert sizes == sorted(sizes)
    assert sizes[0] == declared
    assert sizes[-1] <= declared + more
