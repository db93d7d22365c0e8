"""What `step` does, one rule at a time."""

import graphs
import pytest
from godwit_core.compiler.plan import BindingPlan, Constant, RetrySettings
from godwit_core.engine.events import (
    AbortRequested,
    Began,
    CacheAnswered,
    CancelAttempt,
    Conclude,
    Ended,
    Enqueue,
    LookUp,
    Outcome,
    Remember,
    Started,
    Submitted,
    TimerFired,
    TimerKind,
    WakeAt,
    Withdraw,
)
from godwit_core.engine.failures import MAX_ENGINE_LOSSES, backoff_s, engine_left, make_error, matches
from godwit_core.engine.phases import (
    TRANSITIONS,
    CacheStatus,
    ExecutionPhase,
    IllegalTransition,
    NodePhase,
    Trigger,
    next_phase,
)
from godwit_core.engine.state import Options
from godwit_core.engine.step import step
from godwitidl.core.v1.errors_pb2 import (
    BLAME_INFRASTRUCTURE,
    BLAME_REQUEST,
    BLAME_SYSTEM,
    BLAME_USER,
    RETRY_ALLOWED,
    RETRY_FORBIDDEN,
    ExecutionError,
)

USER = make_error("USER_EXCEPTION", "x", blame=BLAME_USER, retry=RETRY_ALLOWED)
FORBIDDEN = make_error("USER_EXCEPTION", "x", blame=BLAME_USER, retry=RETRY_FORBIDDEN)
LOST = make_error("RUNNER_LOST", "x", blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)
SYSTEM = make_error("BROKEN", "x", blame=BLAME_SYSTEM, retry=RETRY_ALLOWED)
REQUEST = make_error("BAD", "x", blame=BLAME_REQUEST, retry=RETRY_ALLOWED)
ENGINE = make_error("ENGINE_LOST", "x", blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)
CANCELLED = make_error("CANCELLED", "x", blame=BLAME_USER, retry=RETRY_FORBIDDEN)


def begin(root, *others, options=None):
    state = graphs.execution(root, *others, options=options)
    return state, step(state, Began(1))


def single(**settings):
    return begin(graphs.workflow(0, [graphs.task(0, **settings)], {}))


def start(state, number=0, now=2):
    return step(state, Started(now, number))


def end(state, number=0, error=b"", *, now=3, attempt=None, draw=0.0):
    attempt = state.nodes[number].attempt if attempt is None else attempt
    if error:
        return step(state, Ended(now, number, attempt, Outcome.FAILED, None, error, draw=draw))
    return step(state, Ended(now, number, attempt, Outcome.SUCCEEDED, graphs.OUTPUTS))


def code(encoded):
    return ExecutionError.FromString(encoded).code


def kinds(effects):
    return [type(effect) for effect in effects]


def test_a_task_alone_runs_and_its_output_is_the_executions():
    state, effects = single()
    assert kinds(effects) == [Enqueue]
    assert start(state) == []
    assert kinds(end(state)) == [Conclude]
    assert state.phase is ExecutionPhase.SUCCEEDED
    assert state.outputs == graphs.OUTPUTS


def test_a_node_waits_for_all_that_it_reads():
    root = graphs.workflow(0, [graphs.task(0), graphs.task(1), graphs.task(2)], {2: [0, 1]})
    state, effects = begin(root)
    assert [effect.node.number for effect in effects] == [0, 1]
    start(state, 0)
    assert end(state, 0) == []
    start(state, 1)
    assert [effect.node.number for effect in end(state, 1)] == [2]


def test_an_empty_workflow_succeeds_at_once():
    state, effects = begin(graphs.workflow(0, [], {}))
    assert kinds(effects) == [Conclude]
    assert state.phase is ExecutionPhase.SUCCEEDED


def test_a_second_beginning_changes_nothing():
    state, _ = single()
    assert step(state, Began(5)) == []
    assert len(state.nodes) == 1


@pytest.mark.parametrize("budget", [0, 1, 3])
def test_as_many_retries_as_the_budget_follow_failures_of_the_user(budget):
    state, _ = single(retries=RetrySettings(max_retries=budget))
    for _ in range(budget):
        start(state)
        assert kinds(end(state, error=USER)) == [Enqueue]
    start(state)
    end(state, error=USER)
    assert state.phase is ExecutionPhase.FAILED
    assert state.nodes[0].attempt == budget + 1


@pytest.mark.parametrize("error", [LOST, SYSTEM])
def test_infrastructure_has_a_budget_of_its_own(error):
    state, _ = single(retries=RetrySettings(max_retries=1, max_infrastructure_retries=2))
    for one in (error, error, USER):
        start(state)
        assert kinds(end(state, error=one)) == [Enqueue]
    start(state)
    end(state, error=error)
    assert state.phase is ExecutionPhase.FAILED


@pytest.mark.parametrize("error", [FORBIDDEN, REQUEST])
def test_what_must_not_be_retried_is_not(error):
    state, _ = single(retries=RetrySettings(max_retries=9))
    start(state)
    end(state, error=error)
    assert state.phase is ExecutionPhase.FAILED
    assert state.nodes[0].attempt == 1


def test_the_engines_death_costs_nothing_ten_times_over():
    state, _ = single()
    for _ in range(MAX_ENGINE_LOSSES - 1):
        start(state)
        assert kinds(end(state, error=ENGINE)) == [Enqueue]
    start(state)
    end(state, error=ENGINE)
    assert state.phase is ExecutionPhase.FAILED
    assert code(state.error) == "ENGINE_LOST"


def test_an_attempt_that_its_engine_gave_back_costs_nothing_however_often():
    state, _ = single()
    for _ in range(3 * MAX_ENGINE_LOSSES):
        start(state)
        assert kinds(end(state, error=engine_left())) == [Enqueue]
    node = state.nodes[0]
    assert (node.failures, node.infrastructure_failures, node.engine_losses) == (0, 0, 0)


def test_retry_on_chooses_by_class_and_code():
    error = ExecutionError.FromString(USER)
    error.exceptions.add().type = "package.module.Broken"
    assert matches(error, ("Broken",))
    assert matches(error, ("package.module.Broken",))
    assert matches(error, ("USER_EXCEPTION",))
    assert not matches(error, ("ValueError",))
    state, _ = single(retries=RetrySettings(max_retries=5, retry_on=("ValueError",)))
    start(state)
    end(state, error=error.SerializeToString())
    assert state.phase is ExecutionPhase.FAILED


def test_backoff_grows_up_to_its_cap_and_jitter_takes_off_its_share():
    retries = RetrySettings(backoff_base_s=1.0, backoff_factor=2.0, backoff_cap_s=5.0, jitter=0.5)
    assert [backoff_s(retries, failures, 0.0) for failures in (1, 2, 3, 4, 5000)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert backoff_s(retries, 1, 0.5) == 0.75
    assert backoff_s(RetrySettings(), 3, 0.5) == 0.0


def test_a_retry_waits_for_its_time_and_only_for_that():
    state, _ = single(retries=RetrySettings(max_retries=1, backoff_base_s=2.0))
    start(state)
    (effect,) = end(state, error=USER, now=10)
    assert effect == WakeAt(state.nodes[0], 2_000_010, TimerKind.RETRY)
    assert state.nodes[0].phase is NodePhase.WAITING
    assert step(state, TimerFired(2_000_010, 0, TimerKind.RETRY, 0)) == []
    assert kinds(step(state, TimerFired(2_000_010, 0, TimerKind.RETRY, 1))) == [Enqueue]
    assert step(state, TimerFired(2_000_011, 0, TimerKind.RETRY, 1)) == []


def test_a_late_result_is_refused():
    state, _ = single(retries=RetrySettings(max_retries=1))
    start(state)
    end(state, error=USER)
    start(state)
    assert end(state, attempt=1) == []
    assert state.nodes[0].phase is NodePhase.RUNNING
    assert kinds(end(state, attempt=2)) == [Conclude]


def test_a_result_is_taken_once():
    state, _ = single()
    start(state)
    end(state)
    assert end(state, attempt=1) == []
    assert end(state, error=USER, attempt=1) == []


def test_an_attempt_that_was_sent_ahead_counts_once_it_has_started():
    state, _ = single()
    step(state, Submitted(2, 0))
    assert state.nodes[0].attempt == 0
    assert kinds(end(state, attempt=1)) == [Conclude]
    assert state.nodes[0].attempt == 1


def test_an_attempt_that_was_sent_ahead_and_lost_costs_nothing():
    state, _ = single(retries=RetrySettings(max_infrastructure_retries=0))
    step(state, Submitted(2, 0))
    effects = step(state, Ended(3, 0, 1, Outcome.LOST, None, LOST))
    assert kinds(effects) == [Enqueue]
    assert state.nodes[0].infrastructure_failures == 0


def test_an_attempt_that_takes_too_long_is_cancelled_and_may_be_retried():
    state, _ = single(attempt=1.0, retries=RetrySettings(max_retries=1))
    assert start(state, now=5) == [WakeAt(state.nodes[0], 1_000_005, TimerKind.ATTEMPT)]
    (effect,) = step(state, TimerFired(1_000_005, 0, TimerKind.ATTEMPT, 1))
    assert effect == CancelAttempt(state.nodes[0])
    assert state.nodes[0].phase is NodePhase.RUNNING
    assert kinds(end(state, error=CANCELLED)) == [Enqueue]
    start(state)
    step(state, TimerFired(9, 0, TimerKind.ATTEMPT, 2))
    end(state, error=CANCELLED)
    assert code(state.error) == "TIMEOUT_ATTEMPT"


def test_the_timer_of_an_earlier_attempt_cancels_nothing():
    state, _ = single(attempt=1.0, retries=RetrySettings(max_retries=1))
    start(state)
    end(state, error=USER)
    start(state)
    assert step(state, TimerFired(9, 0, TimerKind.ATTEMPT, 1)) == []


def test_waiting_too_long_for_a_place_fails_the_node():
    state, effects = single(queue=1.0)
    assert kinds(effects) == [Enqueue, WakeAt]
    assert kinds(step(state, TimerFired(1_000_001, 0, TimerKind.QUEUE, 0))) == [Withdraw, Conclude]
    assert code(state.error) == "TIMEOUT_QUEUE"


@pytest.mark.parametrize("running", [False, True])
def test_the_deadline_ends_a_node_wherever_it_stands(running):
    state, effects = single(overall=1.0, retries=RetrySettings(max_retries=5))
    assert WakeAt in kinds(effects)
    if running:
        start(state)
    step(state, TimerFired(1_000_001, 0, TimerKind.DEADLINE, 0))
    if running:
        assert state.phase is ExecutionPhase.RUNNING
        end(state, error=CANCELLED)
    assert state.phase is ExecutionPhase.FAILED
    assert code(state.error) == "TIMEOUT_DEADLINE"


def three_beside_each_other(**settings):
    return graphs.workflow(0, [graphs.task(i) for i in range(4)], {3: [0]}, **settings)


def test_fail_fast_cancels_the_others_and_keeps_the_first_cause():
    state, _ = begin(three_beside_each_other())
    start(state, 0)
    start(state, 1)
    effects = end(state, 0, USER)
    assert kinds(effects) == [CancelAttempt, Withdraw]
    assert [node.phase for node in state.nodes] == [
        NodePhase.FAILED,
        NodePhase.RUNNING,
        NodePhase.ABORTED,
        NodePhase.SKIPPED,
    ]
    assert state.phase is ExecutionPhase.RUNNING
    assert kinds(end(state, 1, CANCELLED)) == [Conclude]
    assert state.phase is ExecutionPhase.FAILED
    assert ExecutionError.FromString(state.error).node_path == "n0"


def test_a_timeout_while_the_others_are_cancelled_brings_no_retry():
    targets = [graphs.task(0), graphs.task(1, attempt=1.0, retries=RetrySettings(max_retries=5))]
    state, _ = begin(graphs.workflow(0, targets, {}))
    start(state, 0)
    start(state, 1)
    end(state, 0, FORBIDDEN)
    assert step(state, TimerFired(9, 1, TimerKind.ATTEMPT, 1)) == []
    assert kinds(end(state, 1, CANCELLED)) == [Conclude]
    assert state.nodes[1].phase is NodePhase.ABORTED


def test_a_failure_elsewhere_outweighs_a_timeout_that_came_before():
    targets = [graphs.task(0), graphs.task(1, attempt=1.0, retries=RetrySettings(max_retries=5))]
    state, _ = begin(graphs.workflow(0, targets, {}))
    start(state, 0)
    start(state, 1)
    step(state, TimerFired(9, 1, TimerKind.ATTEMPT, 1))
    end(state, 0, FORBIDDEN)
    assert kinds(end(state, 1, CANCELLED)) == [Conclude]
    assert state.nodes[1].phase is NodePhase.ABORTED


def test_of_several_failures_the_first_is_the_cause():
    state, _ = begin(graphs.workflow(0, [graphs.task(0), graphs.task(1)], {}, run_what_can_run=True))
    for number in (1, 0):
        start(state, number)
        end(state, number, FORBIDDEN)
    assert ExecutionError.FromString(state.error).node_path == "n1"


def test_inputs_that_are_ignored_do_not_count_for_the_cache():
    def key(ignored, second):
        plan = graphs.task(0, cached=True)
        plan = plan._replace(cache=plan.cache._replace(ignored_inputs=frozenset(ignored)))
        root = graphs.workflow(0, [plan], {})
        root.nodes[0].inputs = (
            BindingPlan("a", Constant(graphs.VALUE.SerializeToString(), b"\1" * 32)),
            BindingPlan("b", Constant(graphs.VALUE.SerializeToString(), second)),
        )
        state, _ = begin(root)
        return state.nodes[0].cache_key

    assert key((), b"\2" * 32) != key((), b"\3" * 32)
    assert key(("b",), b"\2" * 32) == key(("b",), b"\3" * 32)
    assert key(("a",), b"\2" * 32) != key(("a",), b"\3" * 32)


def test_run_what_can_run_skips_only_what_depends_on_the_failure():
    state, _ = begin(three_beside_each_other(run_what_can_run=True))
    start(state, 0)
    assert end(state, 0, USER) == []
    for number in (1, 2):
        start(state, number)
        end(state, number)
    assert [node.phase.name for node in state.nodes] == ["FAILED", "SUCCEEDED", "SUCCEEDED", "SKIPPED"]
    assert state.phase is ExecutionPhase.FAILED


def test_the_launcher_may_replace_the_root_policy():
    state, _ = begin(three_beside_each_other(), options=Options(run_what_can_run=True))
    start(state, 0)
    assert end(state, 0, USER) == []


def test_abort_ends_everything_and_waits_until_it_is_gone():
    state, _ = begin(three_beside_each_other())
    start(state, 0)
    effects = step(state, AbortRequested(9, "enough"))
    assert kinds(effects) == [CancelAttempt, Withdraw, Withdraw]
    assert state.phase is ExecutionPhase.RUNNING
    assert step(state, AbortRequested(10, "again")) == []
    assert kinds(end(state, 0, CANCELLED)) == [Conclude]
    assert state.phase is ExecutionPhase.ABORTED
    assert ExecutionError.FromString(state.error).message == "enough"
    assert {node.phase.name for node in state.nodes} == {"ABORTED", "SKIPPED"}


def test_abort_before_the_beginning():
    state = graphs.execution(three_beside_each_other())
    assert kinds(step(state, AbortRequested(1, ""))) == [Conclude]
    assert state.phase is ExecutionPhase.ABORTED


def nested(**inner_settings):
    inner = graphs.workflow(1, [graphs.task(0), graphs.task(1)], {1: [0]}, **inner_settings)
    root = graphs.workflow(0, [graphs.task(2), inner, graphs.task(3)], {1: [0], 2: [1]})
    return root, inner


def test_a_sub_workflow_is_one_node_outside_and_several_inside():
    state, _ = begin(*nested())
    for number in (0, 3, 4):
        start(state, number)
        effects = end(state, number)
    assert [node.path for node in state.nodes] == ["n0", "n1", "n2", "n1/n0", "n1/n1"]
    assert state.nodes[1].phase is NodePhase.SUCCEEDED
    assert [effect.node.path for effect in effects] == ["n2"]


def test_a_failure_inside_fails_the_node_outside_with_the_inner_cause():
    state, _ = begin(*nested())
    start(state, 0)
    end(state, 0)
    start(state, 3)
    end(state, 3, FORBIDDEN)
    assert [node.phase.name for node in state.nodes] == ["SUCCEEDED", "FAILED", "SKIPPED", "FAILED", "SKIPPED"]
    assert ExecutionError.FromString(state.error).node_path == "n1/n0"


def test_a_failure_outside_cancels_what_runs_inside():
    inner = graphs.workflow(1, [graphs.task(0)], {})
    root = graphs.workflow(0, [graphs.task(2), inner], {})
    state, _ = begin(root, inner)
    start(state, 0)
    start(state, 2)
    assert kinds(end(state, 0, FORBIDDEN)) == [CancelAttempt]
    assert kinds(end(state, 2, CANCELLED)) == [Conclude]
    assert [node.phase.name for node in state.nodes] == ["FAILED", "ABORTED", "ABORTED"]


def test_a_cached_task_asks_before_it_runs_and_is_remembered_after():
    state, effects = single(cached=True)
    assert kinds(effects) == [LookUp]
    assert len(state.nodes[0].cache_key) == 32
    assert kinds(step(state, CacheAnswered(2, 0, None))) == [Enqueue]
    start(state)
    effects = end(state)
    assert kinds(effects) == [Remember, Conclude]
    assert state.nodes[0].cache is CacheStatus.MISS


def test_a_hit_runs_nothing_and_is_not_remembered_again():
    state, _ = single(cached=True)
    assert kinds(step(state, CacheAnswered(2, 0, graphs.OUTPUTS))) == [Conclude]
    assert state.nodes[0].cache is CacheStatus.HIT
    assert state.nodes[0].attempt == 0
    assert state.outputs == graphs.OUTPUTS


def test_overwriting_does_not_ask_the_cache():
    root = graphs.workflow(0, [graphs.task(0, cached=True)], {})
    state, effects = begin(root, options=Options(overwrite_cache=True))
    assert kinds(effects) == [Enqueue]
    start(state)
    assert Remember in kinds(end(state))
    assert state.nodes[0].cache is CacheStatus.OVERWRITTEN


def test_outputs_are_dropped_when_every_reader_has_read_them():
    root = graphs.workflow(0, [graphs.task(i) for i in range(3)], {1: [0], 2: [1]})
    state, _ = begin(root)
    start(state, 0)
    end(state, 0)
    assert [node.number for node in state.released] == [0]
    assert state.nodes[0].outputs is not None, "it is stored first"


def test_final_phases_have_no_way_out_but_for_damage():
    ways_out = {trigger for phase, trigger in TRANSITIONS if phase.final}
    assert ways_out == {Trigger.OUTPUTS_DAMAGED, Trigger.OUTPUTS_DAMAGED_WITHIN}
    with pytest.raises(IllegalTransition):
        next_phase(NodePhase.SUCCEEDED, Trigger.STARTED)
