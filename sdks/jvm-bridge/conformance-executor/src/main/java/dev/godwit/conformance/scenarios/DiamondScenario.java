package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.TypeRef;
import java.util.List;

/** Two nodes side by side between two others. */
final class DiamondScenario {
    record Rows(List<Double> rows) {}

    record Sides(double left, double right) {}

    static final Task<Empty, List<Double>> LOAD =
            Task.of("diamond.load", Empty.class, new TypeRef<List<Double>>() {}, given -> List.of(1.0));
    static final Task<Rows, Double> LEFT = Task.of(
            "diamond.left", Rows.class, Double.class, given -> given.rows().get(0));
    static final Task<Rows, Double> RIGHT = Task.of(
            "diamond.right",
            Rows.class,
            Double.class,
            given -> given.rows().get(given.rows().size() - 1));
    static final Task<Sides, Double> JOIN =
            Task.of("diamond.join", Sides.class, Double.class, given -> given.left() + given.right());
    static final Workflow<Empty, Double> MAIN = Workflow.of("diamond.main", Empty.class, Double.class, flow -> {
        var rows = flow.call(LOAD).result();
        var second = flow.call(RIGHT).set(Rows::rows).to(rows).result();
        var first = flow.call(LEFT).set(Rows::rows).to(rows).result();
        flow.result(flow.call(JOIN)
                .set(Sides::left)
                .to(first)
                .set(Sides::right)
                .to(second)
                .result());
    });

    private DiamondScenario() {}
}
