"""The loop with nodes that hold no runner: restarts, timers, history."""

from datetime import timedelta

from godwit_core.store import reading
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.task_pb2 import NATIVE_KIND_SLEEP, NativeTask
from godwitidl.core.v1.values_pb2 import SIMPLE_TYPE_DURATION
from godwitidl.core.v1.workflow_pb2 import FAILURE_POLICY_FAIL_FAST
from scripting import engine


def naps(*seconds):
    """A registration of a workflow of native sleeps, side by side."""
    registration = Registration(project="p", domain="development", version="1")
    nap = registration.bundle.tasks.add(backend="engine")
    nap.id.name = "nap"
    nap.interface.inputs.add(name="duration").type.simple = SIMPLE_TYPE_DURATION
    nap.payload.Pack(NativeTask(kind=NATIVE_KIND_SLEEP))
    workflow = registration.bundle.workflows.add(failure_policy=FAILURE_POLICY_FAIL_FAST)
    workflow.id.name = "naps"
    for index, length in enumerate(seconds):
        node = workflow.body.nodes.add(id=f"n{index}")
        node.call.target.task.name = "nap"
        node.call.inputs.add(name="duration").value.literal.duration.FromTimedelta(timedelta(seconds=length))
    return registration


def kinds(one, name):
    row = reading.get_execution(one.connection, name)
    return [event.WhichOneof("kind") for event in reading.list_events(one.connection, row.id)]


def test_native_sleeps_hold_no_runner_and_end_in_their_time(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(naps(60, 90, 0), "naps", {})
        one.turn(0)
        assert reading.get_execution(one.connection, name).phase.name == "RUNNING"
        clock.us += 59_999_999
        one.turn(0)
        assert kinds(one, name).count("node_finished") == 1
        clock.us += 30_000_001
        outcome = one.run(name)
        assert kinds(one, name).count("node_waiting") == 2
    assert outcome.phase.name == "SUCCEEDED"
    assert [(node.attempts, node.duration_s) for node in outcome.nodes] == [(0, 90.0), (0, 90.0), (0, 0.0)]
    assert registry.place.submitted == []


def test_a_sleep_that_ended_while_no_engine_ran_goes_on_at_once(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(naps(60), "naps", {})
        one.turn(0)
    clock.us += 61_000_000
    with engine(tmp_path, registry, clock) as two:
        two.resume(name)
        assert two.run(name).phase.name == "SUCCEEDED"


def test_a_sleep_of_ten_thousand_years_can_be_stored(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(naps(315_576_000_000), "naps", {})
        one.turn(0)
        one.request_abort(name)
        assert one.run(name).phase.name == "ABORTED"
