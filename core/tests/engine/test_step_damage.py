"""Readers that find their input damaged: what they read is taken from the cache no more, and made anew once."""

import graphs
import pytest
from godwit_core.compiler.plan import NativeKind
from godwit_core.engine.events import (
    Began,
    CacheAnswered,
    EarlierAnswered,
    Ended,
    Enqueue,
    Evict,
    Examine,
    Examined,
    Outcome,
    Started,
)
from godwit_core.engine.failures import make_error
from godwit_core.engine.phases import ExecutionPhase, NodePhase
from godwit_core.engine.state import forget_changes
from godwit_core.engine.step import step
from godwitidl.core.v1.errors_pb2 import RETRY_ALLOWED, ExecutionError
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest

DAMAGED = make_error("DATA_CORRUPT", "The input is damaged.", retry=RETRY_ALLOWED)


def other(number):
    literal = Literal(int_value=number)
    return {"result": (literal.SerializeToString(), literal_digest(literal))}


class Run:
    """An execution whose rows keep the outputs, and whose shell says which inputs are damaged."""

    def __init__(self, root, *others, recovers=0):
        self.state = graphs.execution(root, *others, recovers=recovers)
        self.stored = {}
        self.state.load_outputs = self.stored.__getitem__
        self.now = 0
        self.damaged = None  # every input
        self.effects = []
        self.feed(Began(1))

    def feed(self, event):
        effects = step(self.state, event)
        self.effects += effects
        for node in self.state.nodes:
            if node.outputs is not None:
                self.stored[node.number] = node.outputs
        forget_changes(self.state)
        for effect in effects:
            if isinstance(effect, Examine):
                names = [one.name for one in effect.node.plan.inputs] if self.damaged is None else self.damaged
                found = (effect.node.number, effect.node.attempt, tuple(names), effect.error, effect.draw)
                self.feed(Examined(2, *found))

    def end(self, number, outputs=None):
        node = self.state.nodes[number]
        self.feed(Started(2, number))
        self.feed(Ended(3, number, node.attempt, Outcome.SUCCEEDED, outputs or graphs.OUTPUTS))

    def complain(self, number, error=DAMAGED):
        node = self.state.nodes[number]
        if node.phase is NodePhase.QUEUED:
            self.feed(Started(2, number))
        self.feed(Ended(3, number, node.attempt, Outcome.FAILED, None, error))

    def phases(self):
        return [node.phase.name for node in self.state.nodes]

    def error(self):
        return ExecutionError.FromString(self.state.error)


def chain(*targets):
    return graphs.workflow(0, targets, {index: [index - 1] for index in range(1, len(targets))})


def test_a_producer_runs_again_and_its_reader_reads_what_it_made():
    run = Run(chain(graphs.task(0, cached=True), graphs.task(1)))
    run.feed(CacheAnswered(2, 0, graphs.OUTPUTS))
    run.complain(1)
    assert run.phases() == ["QUEUED", "PENDING"]
    assert [effect.node.number for effect in run.effects if isinstance(effect, Evict)] == [0]
    run.end(0, other(5))
    assert b"\x05" in run.state.nodes[1].inputs
    run.end(1)
    assert run.state.phase is ExecutionPhase.SUCCEEDED
    assert [(node.attempt, node.failures) for node in run.state.nodes] == [(1, 0), (2, 0)]


def test_what_is_damaged_again_fails_for_good():
    run = Run(chain(graphs.task(0), graphs.task(1)))
    run.end(0)
    run.complain(1)
    run.end(0)
    run.complain(1)
    assert run.phases() == ["SUCCEEDED", "FAILED"]
    assert run.error().code == "DATA_CORRUPT"
    assert "It comes from node n0, which is not run again here: it was produced again already." in run.error().message
    assert "godwit executions recover e" in run.error().message


def test_a_recovered_producer_runs_again():
    run = Run(chain(graphs.task(0), graphs.task(1)), recovers=7)
    run.feed(EarlierAnswered(2, 0, graphs.OUTPUTS))
    run.feed(EarlierAnswered(2, 1, None))
    run.complain(1)
    assert run.phases() == ["QUEUED", "PENDING"], "it is not asked for once more"
    run.end(0)
    run.feed(EarlierAnswered(2, 1, None))
    run.end(1)
    assert run.phases() == ["SUCCEEDED", "SUCCEEDED"]


def test_who_has_read_without_complaint_stays_and_who_runs_reads_again_only_if_it_complains():
    root = graphs.workflow(0, [graphs.task(index) for index in range(4)], {1: [0], 2: [0], 3: [0]})
    run = Run(root)
    run.end(0)
    run.end(1)
    run.feed(Started(2, 3))
    run.complain(2)
    run.complain(3)
    assert run.phases() == ["QUEUED", "SUCCEEDED", "PENDING", "PENDING"]
    run.end(0, other(5))
    assert run.state.nodes[0].reproductions == 1
    assert run.phases() == ["SUCCEEDED", "SUCCEEDED", "QUEUED", "QUEUED"]
    run.end(2)
    run.end(3)
    assert run.state.phase is ExecutionPhase.SUCCEEDED


def test_who_complains_of_what_has_been_replaced_meanwhile_reads_the_new():
    root = graphs.workflow(0, [graphs.task(index) for index in range(3)], {1: [0], 2: [0]})
    run = Run(root)
    run.end(0)
    run.feed(Started(2, 2))
    run.complain(1)
    run.end(0, other(5))
    run.complain(2)
    assert run.phases() == ["SUCCEEDED", "QUEUED", "QUEUED"]
    assert b"\x05" in run.state.nodes[2].inputs


def test_a_producer_inside_a_closed_sub_workflow_runs_again():
    inner = graphs.workflow(1, [graphs.task(0), graphs.task(1)], {1: [0]})
    run = Run(graphs.workflow(0, [inner, graphs.task(2)], {1: [0]}), inner)
    run.end(2)
    run.end(3)
    run.complain(1)
    assert run.phases() == ["RUNNING", "PENDING", "SUCCEEDED", "QUEUED"]
    run.end(3, other(5))
    assert run.phases() == ["SUCCEEDED", "QUEUED", "SUCCEEDED", "SUCCEEDED"]
    assert b"\x05" in run.state.nodes[1].inputs


def test_a_producer_before_a_sub_workflow_under_way_runs_again():
    inner = graphs.workflow(1, [graphs.task(0), graphs.task(1)], {1: [0]}, given=["x0"])
    run = Run(graphs.workflow(0, [graphs.task(2), inner], {1: [0]}), inner)
    run.end(0)
    run.complain(2)
    assert run.phases() == ["QUEUED", "RUNNING", "PENDING", "PENDING"]
    run.end(0, other(5))
    assert b"\x05" in run.state.nodes[2].inputs
    run.end(2)
    run.end(3)
    assert run.state.phase is ExecutionPhase.SUCCEEDED


def test_what_a_damaged_producer_reads_may_be_damaged_too():
    run = Run(chain(graphs.task(0), graphs.task(1), graphs.task(2)))
    run.end(0)
    run.end(1)
    run.complain(2)
    run.complain(1)
    assert run.phases() == ["QUEUED", "PENDING", "PENDING"]
    for number in range(3):
        run.end(number)
    assert run.state.phase is ExecutionPhase.SUCCEEDED


def test_a_producer_that_fails_the_second_time_fails_the_execution():
    run = Run(chain(graphs.task(0), graphs.task(1)))
    run.end(0)
    run.complain(1)
    run.complain(0, make_error("USER_EXCEPTION", "x"))
    assert run.phases() == ["FAILED", "SKIPPED"]
    assert run.error().code == "USER_EXCEPTION"


@pytest.mark.parametrize(
    "targets",
    [[graphs.native(0, NativeKind.ECHO), graphs.task(1)], [graphs.task(0), graphs.task(1)]],
    ids=["made by nobody", "no input is damaged"],
)
def test_what_nobody_can_make_again_fails(targets):
    run = Run(chain(*targets))
    if run.state.nodes[0].phase is NodePhase.QUEUED:
        run.end(0)
        run.damaged = ()
    run.complain(1)
    assert run.phases() == ["SUCCEEDED", "FAILED"]


@pytest.mark.parametrize("error", ["OTHER", "USER_EXCEPTION"])
def test_other_errors_take_nobody_back(error):
    run = Run(chain(graphs.task(0, cached=True), graphs.task(1)))
    run.feed(CacheAnswered(2, 0, graphs.OUTPUTS))
    run.complain(1, make_error(error, "x"))
    assert run.phases() == ["SUCCEEDED", "FAILED"]
    assert not any(isinstance(effect, (Evict, Examine)) for effect in run.effects)


def test_what_comes_from_outside_of_a_sub_workflow_is_evicted():
    inner = graphs.workflow(1, [graphs.task(1)], {})
    run = Run(graphs.workflow(0, [graphs.task(0, cached=True), inner], {1: [0]}), inner)
    run.damaged = ()
    run.feed(CacheAnswered(2, 0, graphs.OUTPUTS))
    assert any(isinstance(effect, Enqueue) for effect in run.effects)
    run.state.nodes[2].inputs = b"\n\x00"
    run.complain(2)
    assert [effect.node.number for effect in run.effects if isinstance(effect, Evict)] == [0]
