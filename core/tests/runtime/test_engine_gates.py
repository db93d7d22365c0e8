"""The loop with nodes that hold no runner: restarts, timers, history."""

from datetime import timedelta

import pytest
from godwit_core.engine.events import Answer
from godwit_core.runtime import signals
from godwit_core.store import commands, reading
from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.task_pb2 import NATIVE_KIND_SLEEP, NativeTask
from godwitidl.core.v1.values_pb2 import SIMPLE_TYPE_DURATION, SIMPLE_TYPE_INT, Literal
from godwitidl.core.v1.workflow_pb2 import FAILURE_POLICY_FAIL_FAST
from scripting import engine, integer


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
        clock.us += 1
        one.turn(0)
        assert kinds(one, name).count("node_finished") == 2
        clock.us += 30_000_000
        one.turn(0)
        assert reading.get_execution(one.connection, name).phase.name == "SUCCEEDED"
        outcome = one.run(name)
        assert kinds(one, name).count("node_waiting") == 2
    assert outcome.phase.name == "SUCCEEDED"
    assert [(node.attempts, node.duration_s) for node in outcome.nodes] == [(0, 60.0), (0, 90.0), (0, 0.0)]
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


def gates(*, timeout_s=0):
    """A workflow with an approval and a signal, and one that calls it twice."""
    registration = Registration(project="p", domain="development", version="1")
    inner = registration.bundle.workflows.add(failure_policy=FAILURE_POLICY_FAIL_FAST)
    inner.id.name = "ask"
    inner.interface.outputs.add(name="result").type.simple = SIMPLE_TYPE_INT
    inner.body.nodes.add(id="ok").approve.prompt = "Go on?"
    signal = inner.body.nodes.add(id="rate", after=["ok"]).signal
    signal.name, signal.prompt = "rate", "Which rate?"
    signal.type.simple = SIMPLE_TYPE_INT
    if timeout_s:
        signal.timeout.seconds = timeout_s
    output = inner.body.outputs.add(name="result").value.node_output
    output.node_id, output.output = "rate", "value"
    outer = registration.bundle.workflows.add(failure_policy=FAILURE_POLICY_FAIL_FAST)
    outer.id.name = "outer"
    for name in ("a", "b"):
        outer.interface.outputs.add(name=name).type.simple = SIMPLE_TYPE_INT
        outer.body.nodes.add(id=name).call.target.workflow.name = "ask"
        output = outer.body.outputs.add(name=name).value.node_output
        output.node_id, output.output = name, "result"
    return registration


def answer(one, clock, name, path, kind, value=None, reason=""):
    """Leave an answer as another process would, and have the engine see it."""
    row = reading.get_execution(one.connection, name)
    data = signals.command(find(one, name, path), kind, value, reason)
    commands.insert(one.connection, row.id, commands.SIGNAL, data)
    clock.us += 1_000_000
    one.turn(0)


def find(one, name, path):
    (held,) = [held for held in one._held.values() if held.execution.name == name]
    (node,) = [node for node in held.execution.nodes if node.path == path]
    return node


def integers(outcome):
    return {name: Literal.FromString(value).int_value for name, (value, _) in outcome.outputs.items()}


def test_gates_are_answered_by_commands_each_for_itself(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(gates(), "outer", {})
        one.turn(0)
        answer(one, clock, name, "a/ok", Answer.APPROVED)
        answer(one, clock, name, "b/ok", Answer.APPROVED)
        answer(one, clock, name, "b/rate", Answer.VALUE, integer(2))
        assert find(one, name, "a/rate").phase.name == "WAITING"
        answer(one, clock, name, "a/rate", Answer.VALUE, integer(1))
        outcome = one.run(name)
        assert kinds(one, name).count("node_answered") == 4
    assert integers(outcome) == {"a": 1, "b": 2}


def test_gates_survive_restarts_and_take_what_was_answered_meanwhile(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(gates(), "ask", {})
        one.turn(0)
        data = signals.command(find(one, name, "ok"), Answer.APPROVED)
    with engine(tmp_path, registry, clock) as two:
        commands.insert(two.connection, reading.get_execution(two.connection, name).id, commands.SIGNAL, data)
        two.resume(name)
        two.turn(0)
        two.turn(0)
        assert find(two, name, "rate").phase.name == "WAITING"
    with engine(tmp_path, registry, clock) as three:
        three.resume(name)
        three.turn(0)
        answer(three, clock, name, "rate", Answer.VALUE, integer(7))
        assert integers(three.run(name)) == {"result": 7}
    assert registry.place.submitted == []


def test_a_rejection_and_a_timeout_have_codes_of_their_own(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(gates(), "ask", {})
        one.turn(0)
        answer(one, clock, name, "ok", Answer.REJECTED, None, "not today")
        outcome = one.run(name)
        assert (outcome.error.code, outcome.error.message, outcome.error.node_path) == ("REJECTED", "not today", "ok")
        name = one.accept(gates(timeout_s=30), "ask", {})
        one.turn(0)
        answer(one, clock, name, "ok", Answer.APPROVED)
        clock.us += 30_000_000
        outcome = one.run(name)
    assert (outcome.error.code, outcome.error.node_path) == ("TIMEOUT_GATE", "rate")


def test_what_does_not_fit_is_refused_at_the_door(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(gates(), "ask", {})
        one.turn(0)
        gate, late = find(one, name, "ok"), find(one, name, "rate")
        with pytest.raises(InvalidInput, match="yes or no"):
            signals.command(gate, Answer.VALUE, integer(1))
        with pytest.raises(InvalidInput) as refused:
            signals.command(late, Answer.VALUE, integer(1))
        assert refused.value.code == "NOT_WAITING"
        answer(one, clock, name, "ok", Answer.APPROVED)
        with pytest.raises(InvalidInput, match="int"):
            signals.command(late, Answer.APPROVED)
        with pytest.raises(InvalidInput, match="expected int"):
            signals.command(late, Answer.VALUE, Literal(string_value="seven"))
        with pytest.raises(InvalidInput) as refused:
            signals.command(gate, Answer.APPROVED)
        assert refused.value.code == "NOT_WAITING"
