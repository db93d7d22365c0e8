package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.AsTuple;
import java.util.List;
import java.util.Map;

/** Parts of values: a field, an item from the front and from the end, a key, and steps one after the other. */
final class AccessScenario {
    record Model(List<Double> weights, Map<String, Double> scores) {}

    @AsTuple
    record Pair(long number, String text) {}

    record Trained(Model model, Pair pair) {}

    record Used(double first, double last, double score, String name) {}

    record Weights(List<Double> weights) {}

    static final Task<Empty, Trained> TRAIN = Task.of(
            "access.train",
            Empty.class,
            Trained.class,
            given -> new Trained(new Model(List.of(1.0), Map.of("best", 1.0)), new Pair(1, "a")));
    static final Task<Used, Empty> USE = Task.of("access.use", Used.class, Empty.class, given -> new Empty());
    static final Workflow<Empty, Weights> MAIN = Workflow.of("access.main", Empty.class, Weights.class, flow -> {
        var trained = flow.call(TRAIN);
        var model = trained.get(Trained::model);
        flow.call(USE)
                .set(Used::first)
                .to(Expressions.item(model.get(Model::weights), 0))
                .set(Used::last)
                .to(Expressions.item(model.get(Model::weights), -1))
                .set(Used::score)
                .to(Expressions.entry(model.get(Model::scores), "best"))
                .set(Used::name)
                .to(trained.get(Trained::pair).get(Pair::text));
        flow.output(Weights::weights).to(model.get(Model::weights));
    });

    private AccessScenario() {}
}
