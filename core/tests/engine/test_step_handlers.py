"""When failure handlers are called, with what, and what they change."""

import graphs
import pytest
from godwit_core.compiler.plan import RetrySettings
from godwit_core.engine.bindings import resolve
from godwit_core.engine.events import AbortRequested, Began, Ended, Outcome, Resumed, Started
from godwit_core.engine.failures import make_error
from godwit_core.engine.phases import ExecutionPhase, NodePhase
from godwit_core.engine.restoration import restore
from godwit_core.engine.step import step
from godwit_core.store import packing
from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_FORBIDDEN, ExecutionError
from godwitidl.core.v1.values_pb2 import Literal


def failing(count=1, **settings):
    """A workflow of tasks side by side, with a handler."""
    targets = [graphs.task(key) for key in range(count)]
    return graphs.workflow(0, targets, {}, handler=graphs.task(9), **settings)


def begin(root, *others):
    state = graphs.execution(root, *others)
    step(state, Began(1))
    return state


def run(state, number, error="", now=5):
    """Start an attempt and end it."""
    step(state, Started(now, number))
    return end(state, number, error, now)


def end(state, number, error="", now=5):
    attempt = state.nodes[number].attempt
    if error:
        made = make_error(error, f"{error} happened", blame=BLAME_USER, retry=RETRY_FORBIDDEN)
        return step(state, Ended(now, number, attempt, Outcome.FAILED, None, made))
    return step(state, Ended(now, number, attempt, Outcome.SUCCEEDED, graphs.OUTPUTS))


def handled(handler):
    """The error that a handler was given."""
    values = resolve(handler.scope, handler.plan.inputs, None)
    return Literal.FromString(values["error"][0]).error


def restarted(root, state, *others):
    fresh = graphs.execution(root, *others)
    fresh.phase, fresh.aborting, fresh.abort_reason = state.phase, state.aborting, state.abort_reason
    fresh.ends_handlers = state.ends_handlers
    rows = [_Row(node) for node in state.nodes if node.phase is not NodePhase.PENDING]
    restore(fresh, graphs.stored(graphs.scope_rows(state.scopes), rows))
    step(fresh, Resumed(9))
    return fresh


class _Row:
    def __init__(self, node):
        self._node = node
        self.node = node.number
        self.outputs = None if node.outputs is None else packing.pack(node.outputs)

    def __getattr__(self, name):
        return getattr(self._node, name)


def phases(state):
    return [node.phase.name for node in state.nodes]


def test_a_success_passes_the_handler_by():
    state = begin(failing())
    run(state, 0)
    assert phases(state) == ["SUCCEEDED", "SKIPPED"]
    assert state.phase is ExecutionPhase.SUCCEEDED
    assert state.outputs == graphs.OUTPUTS


def test_a_failure_calls_it_after_everything_else_has_ended():
    state = begin(failing(2))
    step(state, Started(2, 1))
    run(state, 0, "FIRST")
    assert phases(state) == ["FAILED", "RUNNING", "PENDING"]
    end(state, 1, "CANCELLED")
    assert phases(state) == ["FAILED", "ABORTED", "QUEUED"]
    assert (handled(state.nodes[2]).code, handled(state.nodes[2]).node_path) == ("FIRST", "n0")
    assert state.phase is ExecutionPhase.RUNNING
    run(state, 2)
    assert state.phase is ExecutionPhase.FAILED
    assert ExecutionError.FromString(state.error).code == "FIRST"


def test_its_own_failure_leaves_the_first_cause():
    state = begin(failing())
    run(state, 0, "FIRST")
    run(state, 1, "SECOND")
    assert phases(state) == ["FAILED", "FAILED"]
    assert ExecutionError.FromString(state.error).code == "FIRST"


def test_it_is_tried_again_as_any_task():
    root = graphs.workflow(0, [graphs.task(0)], {}, handler=graphs.task(9, retries=RetrySettings(max_retries=1)))
    state = begin(root)
    run(state, 0, "FIRST")
    step(state, Started(6, 1))
    again = make_error("USER_EXCEPTION", "x", blame=BLAME_USER, retry=1)
    step(state, Ended(6, 1, 1, Outcome.FAILED, None, again))
    assert state.nodes[1].phase is NodePhase.QUEUED
    run(state, 1)
    assert state.nodes[1].attempt == 2
    assert state.phase is ExecutionPhase.FAILED


@pytest.mark.parametrize("wanted", [False, True])
def test_an_abort_calls_it_only_if_asked(wanted):
    state = begin(failing(run_on_abort=wanted))
    step(state, Started(2, 0))
    step(state, AbortRequested(3, "enough"))
    end(state, 0, "CANCELLED")
    assert phases(state) == ["ABORTED", "QUEUED" if wanted else "SKIPPED"]
    if wanted:
        error = handled(state.nodes[1])
        assert (error.code, error.message) == ("ABORTED", "enough")
        run(state, 1)
    assert state.phase is ExecutionPhase.ABORTED


@pytest.mark.parametrize("wanted", [False, True])
def test_an_abort_while_it_runs_ends_it_unless_it_runs_on_abort(wanted):
    state = begin(failing(run_on_abort=wanted))
    run(state, 0, "FIRST")
    step(state, Started(6, 1))
    effects = step(state, AbortRequested(7, "enough"))
    assert len(effects) == (0 if wanted else 1)
    assert bool(state.nodes[1].cancelling) is not wanted
    end(state, 1, "" if wanted else "CANCELLED")
    assert phases(state)[1] == ("SUCCEEDED" if wanted else "ABORTED")
    assert state.phase is ExecutionPhase.ABORTED


def test_a_handler_that_is_a_workflow_runs_to_its_end_in_an_abort():
    inner = graphs.workflow(1, [graphs.task(5), graphs.task(6)], {1: [0]})
    root = graphs.workflow(0, [graphs.task(0)], {}, handler=inner, run_on_abort=True)
    state = begin(root, inner)
    step(state, AbortRequested(3, "enough"))
    assert [node.path for node in state.nodes] == ["n0", "on_failure", "on_failure/n0", "on_failure/n1"]
    run(state, 2)
    run(state, 3)
    assert phases(state) == ["ABORTED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]
    assert state.phase is ExecutionPhase.ABORTED


def test_a_sub_workflow_that_is_cancelled_calls_its_handler_only_if_asked():
    for wanted in (False, True):
        inner = graphs.workflow(1, [graphs.task(5)], {}, handler=graphs.task(9), run_on_abort=wanted)
        state = begin(graphs.workflow(0, [inner, graphs.task(0)], {}), inner)
        step(state, Started(2, 2))
        run(state, 1, "FIRST")
        end(state, 2, "CANCELLED")
        handler = state.nodes[3]
        assert handler.phase is (NodePhase.QUEUED if wanted else NodePhase.SKIPPED)
        if wanted:
            assert handled(handler).code == "CANCELLED"
            run(state, 3)
        assert state.phase is ExecutionPhase.FAILED
        assert ExecutionError.FromString(state.error).code == "FIRST"


def test_a_handler_knows_its_error_after_a_restart_also_the_first_of_two():
    root = failing(2, run_what_can_run=True)
    state = begin(root)
    run(state, 1, "FIRST", now=5)
    run(state, 0, "SECOND", now=6)
    fresh = restarted(root, state)
    assert handled(fresh.nodes[2]).code == "FIRST"
    assert fresh.nodes[2].inputs
    run(fresh, 2)
    assert ExecutionError.FromString(fresh.error).code == "FIRST"


def test_an_abort_before_a_restart_is_what_the_handler_is_told():
    root = failing(run_on_abort=True)
    state = begin(root)
    step(state, AbortRequested(3, "enough"))
    fresh = restarted(root, state)
    assert handled(fresh.nodes[1]).message == "enough"
    run(fresh, 1)
    assert fresh.phase is ExecutionPhase.ABORTED


def test_outputs_that_cannot_be_computed_are_a_failure_too():
    root = failing()
    (output,) = root.outputs
    missing = graphs.Expression()
    step_into = missing.access
    step_into.of.node_output.node_id, step_into.of.node_output.output = "n0", "result"
    step_into.steps.add().index = 3
    root.outputs = (output._replace(source=graphs.Computed(missing, {"n0": 0})),)
    state = begin(root)
    listed = Literal()
    listed.list.items.add().int_value = 1
    outputs = {"result": (listed.SerializeToString(), bytes(32))}
    step(state, Started(2, 0))
    step(state, Ended(3, 0, 1, Outcome.SUCCEEDED, outputs))
    assert handled(state.nodes[1]).code == "INDEX_OUT_OF_RANGE"
    fresh = restarted(root, state)
    assert handled(fresh.nodes[1]).code == "INDEX_OUT_OF_RANGE"
    run(fresh, 1)
    assert fresh.phase is ExecutionPhase.FAILED
    assert ExecutionError.FromString(fresh.error).code == "INDEX_OUT_OF_RANGE"


def test_an_abort_at_once_calls_no_handler():
    state = begin(failing(run_on_abort=True))
    step(state, Started(2, 0))
    step(state, AbortRequested(3, "enough", at_once=True))
    end(state, 0, "CANCELLED")
    assert phases(state) == ["ABORTED", "SKIPPED"]
    assert state.phase is ExecutionPhase.ABORTED


@pytest.mark.parametrize("restarts", [False, True])
def test_a_second_abort_at_once_ends_what_runs_on_abort(restarts):
    root = failing(run_on_abort=True)
    state = begin(root)
    step(state, AbortRequested(3, "enough"))
    step(state, Started(4, 1))
    assert step(state, AbortRequested(5, "again")) == []
    (cancel,) = step(state, AbortRequested(6, "now", at_once=True))
    assert cancel.node is state.nodes[1]
    assert step(state, AbortRequested(7, "now", at_once=True)) == []
    if restarts:
        state = restarted(root, state)
    end(state, 1, "CANCELLED")
    assert phases(state) == ["ABORTED", "ABORTED"]
    assert state.phase is ExecutionPhase.ABORTED
    assert ExecutionError.FromString(state.error).message == "enough"


def test_an_abort_at_once_ends_handlers_within_handlers():
    inner = graphs.workflow(1, [graphs.task(5)], {}, handler=graphs.task(6), run_on_abort=True)
    root = graphs.workflow(0, [graphs.task(0)], {}, handler=inner, run_on_abort=True)
    state = begin(root, inner)
    step(state, AbortRequested(3, "enough"))
    run(state, 2, "BAD")
    step(state, Started(6, 3))
    assert [node.path for node in state.nodes][2:] == ["on_failure/n0", "on_failure/on_failure"]
    (cancel,) = step(state, AbortRequested(7, "", at_once=True))
    assert cancel.node is state.nodes[3]
    end(state, 3, "CANCELLED")
    assert phases(state)[1:] == ["ABORTED", "FAILED", "ABORTED"]
    assert state.phase is ExecutionPhase.ABORTED
