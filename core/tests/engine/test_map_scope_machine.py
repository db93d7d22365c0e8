"""The machine of `test_step_machine.py` on graphs with maps over workflows: items are scopes, which come and go."""

import graphs
from godwit_core.engine.state import Finished
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant
from test_step_machine import StepMachine, examples, graph, mapped, phases


@st.composite
def map_graph(draw):
    """A workflow with a map over another one, and other nodes before and after it."""
    keys = iter(range(1000))
    filled = graph(1, keys, maps=True).filter(lambda made: made[0].nodes)
    sub, more = draw(filled)
    before = graphs.task(next(keys))
    after, inner = draw(filled)
    targets = [before, draw(mapped(sub)), draw(mapped(sub)), after]
    edges = draw(st.sampled_from([{}, {1: [0], 2: [0]}, {2: [1]}, {1: [0], 3: [1]}]))
    root = graphs.workflow(next(keys), targets, edges, run_what_can_run=draw(st.booleans()))
    return root, [sub, *more, after, *inner]


class MapScopeMachine(StepMachine):
    @initialize(made=map_graph(), recovers=st.booleans())
    def begin(self, made, recovers):
        self.start(made, recovers)

    def finished(self, number):
        return [record for record in self.records.get(number, []) if isinstance(record, Finished)]

    @invariant()
    def an_item_counts_once(self):
        for number in self.records:
            items = [record.item for record in self.finished(number)]
            assert len(items) == len(set(items))

    @invariant()
    def what_is_in_memory_is_live(self):
        for scope in self.state.scopes:
            if scope.of_item:
                assert not scope.parent.phase.final
                live = any(not node.phase.final for node in (*scope.nodes, scope.handler) if node is not None)
                assert live, "a closed scope of an item is kept"

    @invariant()
    def no_more_items_are_live_than_may_be(self):
        for node in self.state.nodes:
            if node.map is not None:
                assert len(node.map.live) <= (node.plan.map.concurrency or 512)
                assert all(item.child is not None for item in node.map.live.values())

    @invariant()
    def a_map_succeeds_when_enough_items_have(self):
        for node in self.state.nodes:
            if node.plan.map is None or node.phase.value == 1:
                continue
            records = self.finished(node.number)
            succeeded = sum(record.outputs is not None for record in records)
            assert (node.items_succeeded, node.items_failed) == (succeeded, len(records) - succeeded)
            if node.phase.succeeded:
                assert len(records) == node.items
                least, ratio = node.plan.map.min_successes, node.plan.map.min_success_ratio
                wanted = node.items if least is None and ratio is None else min(least or 0, node.items)
                assert succeeded >= max(wanted, (ratio or 0) * node.items)


TestMapScopeMachine = MapScopeMachine.TestCase
TestMapScopeMachine.settings = settings(max_examples=examples, stateful_step_count=60, deadline=None, phases=phases)
