"""What `step` does with nodes that hold no runner, one rule at a time."""

import graphs
import pytest
from godwit_core.compiler.plan import BindingPlan, GateKind, GatePlan, InputSource, NativeKind
from godwit_core.engine.events import (
    AbortRequested,
    Answer,
    Answered,
    Began,
    Conclude,
    Resumed,
    Started,
    TimerFired,
    TimerKind,
    WakeAt,
)
from godwit_core.engine.phases import ExecutionPhase, NodePhase
from godwit_core.engine.restoration import attempts_under_way, restore
from godwit_core.engine.step import step
from godwit_core.store import packing
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.rules.digest import literal_digest


def begin(root, *others, **inputs):
    state = graphs.execution(root, *others)
    state.inputs = {name: (one.SerializeToString(), literal_digest(one)) for name, one in inputs.items()}
    return state, step(state, Began(1_000_000))


def restarted(root, *others, state):
    """The same execution, from its rows."""
    fresh = graphs.execution(root, *others)
    fresh.inputs, fresh.phase, fresh.aborting = state.inputs, state.phase, state.aborting
    rows = [_Row(node) for node in state.nodes if node.phase is not NodePhase.PENDING]
    restore(fresh, graphs.stored(graphs.scope_rows(state.scopes), rows))
    return fresh, step(fresh, Resumed(9_000_000))


class _Row:
    def __init__(self, node):
        self._node = node
        self.node = node.number
        self.outputs = None if node.outputs is None else packing.pack(node.outputs)

    def __getattr__(self, name):
        return getattr(self._node, name)


def code(encoded):
    return ExecutionError.FromString(encoded).code


def test_a_native_noop_is_done_at_once_and_makes_way_for_the_next():
    root = graphs.workflow(0, [graphs.native(0, NativeKind.NOOP), graphs.native(1, NativeKind.NOOP)], {1: [0]})
    state, effects = begin(root)
    assert [type(effect) for effect in effects] == [Conclude]
    assert [node.phase for node in state.nodes] == [NodePhase.SUCCEEDED] * 2
    assert [node.attempt for node in state.nodes] == [0, 0]


def test_a_native_echo_gives_its_inputs_back_in_order():
    root = graphs.workflow(0, [graphs.native(0, NativeKind.ECHO)], {})
    root.nodes[0].inputs = (BindingPlan("x", InputSource("x")),)
    state, _ = begin(root, x=graphs.duration(7))
    assert state.outputs == {"result": state.inputs["x"]}


def test_a_native_sleep_waits_for_its_time_and_for_nothing_else():
    root = graphs.workflow(0, [graphs.native(0, NativeKind.SLEEP), graphs.native(1, NativeKind.NOOP)], {1: [0]})
    state, effects = begin(root)
    assert effects == [WakeAt(state.nodes[0], 3_000_000, TimerKind.WAIT)]
    assert [node.phase for node in state.nodes] == [NodePhase.WAITING, NodePhase.PENDING]
    assert step(state, Started(2, 0)) == []
    assert attempts_under_way(state) == []
    step(state, TimerFired(3_000_000, 0, TimerKind.WAIT, 0))
    assert state.phase is ExecutionPhase.SUCCEEDED


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_sleep_of_no_time_ends_at_once(seconds):
    root = graphs.workflow(0, [graphs.native(0, NativeKind.SLEEP)], {})
    root.nodes[0].inputs = (graphs.constant("duration", graphs.duration(seconds)),)
    state, effects = begin(root)
    assert [type(effect) for effect in effects] == [Conclude]
    assert state.phase is ExecutionPhase.SUCCEEDED


def test_a_sleep_goes_on_after_a_restart_until_its_old_time():
    root = graphs.workflow(0, [graphs.native(0, NativeKind.SLEEP)], {})
    state, _ = begin(root)
    fresh, effects = restarted(root, state=state)
    assert effects == [WakeAt(fresh.nodes[0], 3_000_000, TimerKind.WAIT)]
    step(fresh, TimerFired(9_000_001, 0, TimerKind.WAIT, 0))
    assert fresh.phase is ExecutionPhase.SUCCEEDED


def test_a_deadline_and_an_abort_end_a_sleep():
    root = graphs.workflow(0, [graphs.native(0, NativeKind.SLEEP, overall=1.0)], {})
    state, _ = begin(root)
    step(state, TimerFired(2_000_000, 0, TimerKind.DEADLINE, 0))
    assert (state.phase, code(state.error)) == (ExecutionPhase.FAILED, "TIMEOUT_DEADLINE")
    state, _ = begin(root)
    step(state, AbortRequested(2_000_000, "enough"))
    assert state.phase is ExecutionPhase.ABORTED
    assert step(state, TimerFired(3_000_000, 0, TimerKind.WAIT, 0)) == []


def gated(kind, **settings):
    """A gate, and a task that waits for it."""
    return graphs.workflow(0, [GatePlan(kind, **settings), graphs.native(1, NativeKind.NOOP)], {1: [0]})


def test_an_approval_makes_way_and_a_rejection_fails_the_node_with_its_reason():
    state, effects = begin(gated(GateKind.APPROVE))
    assert effects == []
    assert [node.phase for node in state.nodes] == [NodePhase.WAITING, NodePhase.PENDING]
    step(state, Answered(2_000_000, 0, Answer.APPROVED, {}))
    assert state.phase is ExecutionPhase.SUCCEEDED
    state, _ = begin(gated(GateKind.APPROVE))
    step(state, Answered(2_000_000, 0, Answer.REJECTED, {}, "not today"))
    error = ExecutionError.FromString(state.error)
    assert (error.code, error.message, error.node_path) == ("REJECTED", "not today", "n0")
    assert [node.phase for node in state.nodes] == [NodePhase.FAILED, NodePhase.SKIPPED]


def test_a_signal_gives_its_value_once():
    state, _ = begin(graphs.workflow(0, [GatePlan(GateKind.SIGNAL)], {}))
    step(state, Answered(2_000_000, 0, Answer.VALUE, graphs.OUTPUTS))
    assert state.outputs == graphs.OUTPUTS
    assert step(state, Answered(2_000_000, 0, Answer.VALUE, {})) == []
    assert state.outputs == graphs.OUTPUTS


def test_a_gate_that_nobody_answers_in_time_fails():
    state, effects = begin(gated(GateKind.APPROVE, timeout_s=5.0))
    assert effects == [WakeAt(state.nodes[0], 6_000_000, TimerKind.WAIT)]
    step(state, TimerFired(6_000_000, 0, TimerKind.WAIT, 0))
    assert (state.phase, code(state.error)) == (ExecutionPhase.FAILED, "TIMEOUT_GATE")
    answered, _ = begin(gated(GateKind.APPROVE, timeout_s=5.0))
    step(answered, Answered(5_000_000, 0, Answer.APPROVED, {}))
    assert step(answered, TimerFired(6_000_000, 0, TimerKind.WAIT, 0)) == []
    assert answered.phase is ExecutionPhase.SUCCEEDED


def test_a_gate_waits_on_after_a_restart_with_its_old_limit():
    root = gated(GateKind.SIGNAL, timeout_s=5.0)
    fresh, effects = restarted(root, state=begin(root)[0])
    assert effects == [WakeAt(fresh.nodes[0], 6_000_000, TimerKind.WAIT)]
    step(fresh, Answered(9_000_000, 0, Answer.VALUE, graphs.OUTPUTS))
    assert fresh.phase is ExecutionPhase.SUCCEEDED


def test_a_sleep_node_takes_no_answer():
    state, effects = begin(gated(GateKind.SLEEP))
    assert effects == [WakeAt(state.nodes[0], 4_000_000, TimerKind.WAIT)]
    assert step(state, Answered(2_000_000, 0, Answer.APPROVED, {})) == []
    step(state, TimerFired(4_000_000, 0, TimerKind.WAIT, 0))
    assert state.phase is ExecutionPhase.SUCCEEDED


def test_two_instances_of_one_gate_are_two_nodes():
    inner = graphs.workflow(1, [GatePlan(GateKind.SIGNAL)], {})
    root = graphs.workflow(0, [inner, inner], {})
    state, _ = begin(root, inner)
    first, second = [node for node in state.nodes if node.plan.gate is not None]
    assert [first.path, second.path] == ["n0/n0", "n1/n0"]
    step(state, Answered(2_000_000, second.number, Answer.VALUE, graphs.OUTPUTS))
    assert [first.phase, second.phase] == [NodePhase.WAITING, NodePhase.SUCCEEDED]
    assert state.phase is ExecutionPhase.RUNNING


def test_an_abort_ends_a_gate_at_once():
    state, _ = begin(gated(GateKind.APPROVE))
    step(state, AbortRequested(2_000_000, "enough"))
    assert [node.phase for node in state.nodes] == [NodePhase.ABORTED, NodePhase.SKIPPED]
    assert state.phase is ExecutionPhase.ABORTED
