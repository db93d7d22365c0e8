"""The machine of `step` where much is read, inside and outside of sub-workflows, and much is damaged."""

import graphs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from test_step_machine import StepMachine


class DamageMachine(StepMachine):
    """Tasks in a row around a sub-workflow in another; what is outside is read inside, and the other way round."""

    @initialize(
        cached=st.booleans(),
        run_what_can_run=st.booleans(),
        recovers=st.booleans(),
        edges=st.sampled_from([{}, {4: [0, 3]}]),
    )
    def begin(self, cached, run_what_can_run, recovers, edges):
        how = {"run_what_can_run": run_what_can_run}
        inmost = graphs.workflow(2, [graphs.task(0), graphs.task(1, cached=cached)], {1: [0]}, given=["x0"], **how)
        inner = graphs.workflow(1, [graphs.task(2), inmost, graphs.task(3)], {1: [0], 2: [1]}, given=["x1"], **how)
        tasks = [graphs.task(4, cached=cached), graphs.task(5), inner, graphs.task(6), graphs.task(7)]
        root = graphs.workflow(0, tasks, {1: [0], 2: [1], 3: [1, 2], 4: [3]} | edges, **how)
        self.start((root, [inner, inmost]), recovers)


TestDamageMachine = DamageMachine.TestCase
TestDamageMachine.settings = settings(max_examples=60, stateful_step_count=80, deadline=None)
