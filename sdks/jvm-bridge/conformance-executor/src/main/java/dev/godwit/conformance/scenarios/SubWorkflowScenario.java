package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;

/** A workflow in another, twice; the inner one has defaults. */
final class SubWorkflowScenario {
    record Stepped(long n, long by) {}

    record Inner(long n, @Default("1") long by) {}

    record Number(long n) {}

    static final Task<Stepped, Long> STEP =
            Task.of("sub_workflow.step", Stepped.class, Long.class, given -> given.n() + given.by());
    static final Workflow<Inner, Long> INNER = Workflow.of(
            "sub_workflow.inner",
            Inner.class,
            Long.class,
            flow -> flow.result(flow.call(STEP)
                    .set(Stepped::n)
                    .to(flow.input(Inner::n))
                    .set(Stepped::by)
                    .to(flow.input(Inner::by))
                    .result()));
    static final Workflow<Number, Long> MAIN = Workflow.of("sub_workflow.main", Number.class, Long.class, flow -> {
        var once = flow.call(INNER).set(Inner::n).to(flow.input(Number::n)).result();
        flow.result(
                flow.call(INNER).set(Inner::n).to(once).set(Inner::by).to(5L).result());
    });

    private SubWorkflowScenario() {}
}
