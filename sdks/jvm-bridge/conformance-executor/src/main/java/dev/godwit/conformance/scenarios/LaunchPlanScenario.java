package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.LaunchPlan;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;

/** A launch plan with a default, a fixed input, a description and labels; called in a workflow, its default replaced. */
final class LaunchPlanScenario {
    record Trained(long count, double rate, String name) {}

    record Given(long count, double rate, @Default("x") String name) {}

    record Both(double usual, double more) {}

    static final Task<Trained, Double> TRAIN =
            Task.of("launch_plan.train", Trained.class, Double.class, given -> given.count() * given.rate());
    static final Workflow<Given, Double> TRAINING = Workflow.of(
            "launch_plan.training",
            Given.class,
            Double.class,
            flow -> flow.result(flow.call(TRAIN)
                    .set(Trained::count)
                    .to(flow.input(Given::count))
                    .set(Trained::rate)
                    .to(flow.input(Given::rate))
                    .set(Trained::name)
                    .to(flow.input(Given::name))
                    .result()));
    static final LaunchPlan<Given, Double> NIGHTLY = LaunchPlan.of("launch_plan.nightly", TRAINING)
            .defaulting(Given::count)
            .to(3L)
            .fixing(Given::rate)
            .to(1.0)
            .documented("Each night.")
            .label("team", "ml")
            .label("cost", "low");
    static final Workflow<Empty, Both> MAIN = Workflow.of("launch_plan.main", Empty.class, Both.class, flow -> {
        flow.output(Both::usual).to(flow.call(NIGHTLY).result());
        flow.output(Both::more)
                .to(flow.call(NIGHTLY)
                        .set(Given::count)
                        .to(5L)
                        .set(Given::name)
                        .to("y")
                        .result());
    });

    private LaunchPlanScenario() {}
}
