"""The time of day is set by hours and days while an engine works, and while none does; what waits is not led astray."""

import pytest
from godwit_core.engine.claims import POLL_US
from godwit_core.runtime.clock import SteadyTime
from godwit_core.store import reading
from godwit_core.store.connection import open_store
from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.task_pb2 import NATIVE_KIND_SLEEP, NativeTask
from godwitidl.core.v1.values_pb2 import SIMPLE_TYPE_DURATION
from godwitidl.core.v1.workflow_pb2 import FAILURE_POLICY_FAIL_FAST
from hypothesis import given
from hypothesis import strategies as st
from scripting import Clock, chain, engine, integer, task

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
JUMPS = pytest.mark.parametrize("jump_us", [-30 * DAY_US, -HOUR_US, HOUR_US, 30 * DAY_US])


def times_of(home, name):
    connection = open_store(home / "godwit.db")
    try:
        row = reading.get_execution(connection, name)
        return [event.time.ToMicroseconds() for event in reading.list_events(connection, row.id)]
    finally:
        connection.close()


def nap(seconds):
    """A registration of a workflow that only sleeps."""
    registration = Registration(project="p", domain="development", version="1")
    spec = registration.bundle.tasks.add(backend="engine")
    spec.id.name = "nap"
    spec.interface.inputs.add(name="duration").type.simple = SIMPLE_TYPE_DURATION
    spec.payload.Pack(NativeTask(kind=NATIVE_KIND_SLEEP))
    workflow = registration.bundle.workflows.add(failure_policy=FAILURE_POLICY_FAIL_FAST)
    workflow.id.name = "napping"
    node = workflow.body.nodes.add(id="n0")
    node.call.target.task.name = "nap"
    node.call.inputs.add(name="duration").value.literal.duration.seconds = seconds
    return registration


def turn_until(one, name, clock, at_most_us):
    """Turn the engine, 0.1 s of the boot clock at a time, until the execution has ended; return how long it took."""
    begun_us = clock.us
    row = reading.get_execution(one.connection, name)
    while not row.phase.final:
        clock.us += 100_000
        assert clock.us - begun_us <= at_most_us, f"still {row.phase.name}"
        one.turn(0)
        row = reading.get_execution(one.connection, name)
    assert row.phase.name == "SUCCEEDED"
    return clock.us - begun_us


@given(moves=st.lists(st.tuples(st.integers(0, 10**7), st.integers(-DAY_US, DAY_US)), max_size=20))
def test_steady_time_never_goes_back_and_is_never_slower_than_the_boot_clock(moves):
    clock = Clock()
    clock.set_by_us = 400 * DAY_US
    steady = SteadyTime(clock)
    waits = []
    before_us = steady.now_us()
    for passed_us, set_by_us in moves:
        waits.append((before_us + 5_000_000, before_us + 5_000_000 + steady.boot_ahead_us()))
        clock.us += passed_us
        clock.set_by_us += set_by_us
        now_us = steady.now_us()
        assert now_us >= before_us + passed_us
        assert now_us >= clock.now_us()
        for due_us, boot_us in waits:
            assert clock.us < boot_us or now_us >= due_us, "a timer comes before its time"
        before_us = now_us


@JUMPS
def test_a_sleep_takes_its_time_whatever_the_clock_says(tmp_path, registry, clock, jump_us):
    clock.set_by_us = 400 * DAY_US
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(nap(20), "napping", {})
        one.turn(0)
        clock.set_by_us += jump_us
        assert turn_until(one, name, clock, 21_000_000) >= 19_900_000
    times = times_of(tmp_path, name)
    assert times == sorted(times)


def test_a_clock_set_back_between_two_engines_neither_prolongs_a_sleep_nor_turns_history_around(
    tmp_path, registry, clock
):
    clock.set_by_us = 400 * DAY_US
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(nap(20), "napping", {})
        one.turn(0)
        one.turn(0)
    clock.set_by_us -= DAY_US
    with engine(tmp_path, registry, clock) as two:
        two.resume(name)
        two.turn(0)
        assert turn_until(two, name, clock, 21_000_000)
    times = times_of(tmp_path, name)
    assert times == sorted(times)


def test_a_sleep_whose_time_of_day_has_passed_is_over_when_the_next_engine_looks(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(nap(20), "napping", {})
        one.turn(0)
    clock.set_by_us += DAY_US
    with engine(tmp_path, registry, clock) as two:
        two.resume(name)
        assert turn_until(two, name, clock, 300_000)


@JUMPS
def test_a_retry_waits_its_backoff_whatever_the_clock_says(tmp_path, registry, clock, jump_us):
    clock.set_by_us = 400 * DAY_US
    spec = task("a", retries=1)
    spec.retries.backoff_base.seconds = 10
    registry.failures["a"] = ["failed"]
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(chain(spec), "chain", {"x": integer(1)})
        one.turn(0)
        one.turn(0)
        clock.set_by_us += jump_us
        assert turn_until(one, name, clock, 21_000_000) >= 5_000_000
    times = times_of(tmp_path, name)
    assert times == sorted(times)


@JUMPS
def test_a_time_limit_counts_the_time_that_passes(tmp_path, registry, clock, jump_us):
    clock.set_by_us = 400 * DAY_US
    registry.hold = True
    spec = task("a")
    spec.timeouts.attempt.seconds = 10
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(chain(spec), "chain", {"x": integer(1)})
        one.turn(0)
        clock.set_by_us += jump_us
        for _ in range(99):
            clock.us += 100_000
            one.turn(0)
        assert not reading.get_execution(one.connection, name).phase.final
        clock.us += 200_000
        assert one.run(name).error.code == "TIMEOUT_ATTEMPT"


@JUMPS
def test_an_engine_keeps_its_lease_whatever_the_clock_says(tmp_path, registry, clock, jump_us):
    clock.set_by_us = 400 * DAY_US
    registry.hold = True
    with engine(tmp_path, registry, clock) as one, engine(tmp_path, registry, clock) as two:
        name = one.accept(chain(task("a")), "chain", {"x": integer(1)})
        one.turn(0)
        clock.set_by_us += jump_us
        one.turn(0)
        with pytest.raises(InvalidInput) as refused:
            two.resume(name)
        assert refused.value.code == "ALREADY_RUNNING"


@JUMPS
def test_whoever_waits_for_a_claimed_result_asks_again_whatever_the_clock_says(tmp_path, registry, clock, jump_us):
    clock.set_by_us = 400 * DAY_US
    spec = task("a", cache="1")
    spec.cache.serialize = True
    registry.hold = True
    with engine(tmp_path, registry, clock) as one, engine(tmp_path, registry, clock) as two:
        computing = one.accept(chain(spec), "chain", {"x": integer(1)})
        one.turn(0)
        waiting = two.accept(chain(spec), "chain", {"x": integer(1)})
        two.turn(0)
        for _ in range(3):
            clock.us += POLL_US // 5
            two.turn(0)
        clock.set_by_us += jump_us
        for _ in range(10):
            clock.us += POLL_US // 5
            two.turn(0)
        one.request_abort(computing)
        assert one.run(computing).phase.name == "ABORTED"
        registry.hold = False
        assert turn_until(two, waiting, clock, 3 * POLL_US)


def test_a_result_lives_by_the_time_of_day(tmp_path, registry, clock):
    clock.set_by_us = 400 * DAY_US
    registration = chain(task("a", cache="1", ttl_s=3600))
    phases = []
    for set_by_us in (0, -DAY_US, DAY_US, 2 * HOUR_US):
        clock.set_by_us += set_by_us
        with engine(tmp_path, registry, clock) as one:
            outcome = one.run(one.accept(registration, "chain", {"x": integer(1)}))
            phases.append(outcome.nodes[0].cache.name)
    assert phases == ["MISS", "HIT", "HIT", "MISS"]
