package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;

/** One of two calls, chosen by a comparison. */
final class BranchScenario {
    record Rows(long rows) {}

    record Fitting(double score, long rounds) {}

    static final Task<Rows, Double> MEASURE =
            Task.of("branch.measure", Rows.class, Double.class, given -> given.rows() / 10.0);
    static final Task<Fitting, String> FIT =
            Task.of("branch.fit", Fitting.class, String.class, given -> given.rounds() + " rounds on " + given.score());
    static final Workflow<Rows, String> MAIN = Workflow.of("branch.main", Rows.class, String.class, flow -> {
        var score =
                flow.call(MEASURE).set(Rows::rows).to(flow.input(Rows::rows)).result();
        flow.result(flow.choose(
                        score.greaterThan(0.5),
                        few -> few.call(FIT)
                                .set(Fitting::score)
                                .to(score)
                                .set(Fitting::rounds)
                                .to(10L)
                                .result())
                .otherwise(many -> many.call(FIT)
                        .set(Fitting::score)
                        .to(score)
                        .set(Fitting::rounds)
                        .to(100L)
                        .result())
                .result());
    });

    private BranchScenario() {}
}
