package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;
import dev.godwit.types.TypeRef;
import java.util.List;

/** A task for each item of two lists in step, with an input that is the same for all, and one that keeps its default. */
final class MapTaskScenario {
    record Scored(
            double row,
            String name,
            double weight,
            @Default("0.0") double offset) {}

    record Given(List<Double> rows, double weight) {}

    static final Task<Scored, Double> SCORE = Task.of(
            "map_task.score", Scored.class, Double.class, given -> given.row() * given.weight() + given.offset());
    static final Workflow<Given, List<Double>> MAIN = Workflow.of(
            "map_task.main",
            Given.class,
            new TypeRef<List<Double>>() {},
            flow -> flow.result(flow.map(SCORE)
                    .over(Scored::row)
                    .to(flow.input(Given::rows))
                    .over(Scored::name)
                    .to(List.of("a", "b"))
                    .set(Scored::weight)
                    .to(flow.input(Given::weight))
                    .results()));

    private MapTaskScenario() {}
}
