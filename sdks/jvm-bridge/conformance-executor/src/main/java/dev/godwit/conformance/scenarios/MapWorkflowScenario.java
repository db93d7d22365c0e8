package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;
import dev.godwit.types.TypeRef;
import java.util.List;

/** A workflow for each item, with two outputs. */
final class MapWorkflowScenario {
    record Number(long n) {}

    record Given(long n, @Default("2") long by) {}

    record Twice(long once, long again) {}

    record Numbers(List<Long> numbers) {}

    static final Task<Number, Long> STEP =
            Task.of("map_workflow.step", Number.class, Long.class, given -> given.n() + 1);
    static final Workflow<Given, Twice> TWICE = Workflow.of("map_workflow.twice", Given.class, Twice.class, flow -> {
        var once = flow.call(STEP).set(Number::n).to(flow.input(Given::n)).result();
        flow.output(Twice::once).to(once);
        flow.output(Twice::again).to(flow.call(STEP).set(Number::n).to(once).result());
    });
    static final Workflow<Numbers, List<Long>> MAIN = Workflow.of(
            "map_workflow.main",
            Numbers.class,
            new TypeRef<List<Long>>() {},
            flow -> flow.result(flow.map(TWICE)
                    .over(Given::n)
                    .to(flow.input(Numbers::numbers))
                    .set(Given::by)
                    .to(3L)
                    .get(Twice::again)));

    private MapWorkflowScenario() {}
}
