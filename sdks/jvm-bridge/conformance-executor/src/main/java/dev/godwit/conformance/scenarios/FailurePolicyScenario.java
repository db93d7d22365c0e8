package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;

/** A workflow in which everything still runs that does not depend on a node that has failed. */
final class FailurePolicyScenario {
    record Number(long n) {}

    record Both(long first, long second) {}

    static final Task<Number, Long> STEP = Task.of("failure_policy.step", Number.class, Long.class, Number::n);
    static final Workflow<Empty, Both> MAIN = Workflow.of("failure_policy.main", Empty.class, Both.class, flow -> {
                flow.output(Both::first)
                        .to(flow.call(STEP).set(Number::n).to(1L).result());
                flow.output(Both::second)
                        .to(flow.call(STEP).set(Number::n).to(2L).result());
            })
            .runWhatCanRun();

    private FailurePolicyScenario() {}
}
