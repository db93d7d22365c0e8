package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;

/** A branch in a branch; the inner one sees the nodes around both. */
final class BranchNestedScenario {
    record Number(long n) {}

    record Given(long n, boolean deep) {}

    static final Task<Number, Long> STEP =
            Task.of("branch_nested.step", Number.class, Long.class, given -> given.n() + 1);
    static final Workflow<Given, Long> MAIN = Workflow.of("branch_nested.main", Given.class, Long.class, flow -> {
        var first = flow.call(STEP).set(Number::n).to(flow.input(Given::n)).result();
        flow.result(flow.choose(flow.input(Given::deep), deeper -> {
                    var second = deeper.call(STEP).set(Number::n).to(first).result();
                    return deeper.choose(
                                    second.atLeast(first),
                                    more -> more.call(STEP)
                                            .set(Number::n)
                                            .to(second)
                                            .result())
                            .otherwise(less -> first)
                            .result();
                })
                .otherwise(flat -> Expressions.value(0L))
                .result());
    });

    private BranchNestedScenario() {}
}
