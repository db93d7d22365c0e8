package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;

/** Enums: symbols in their order, a default, a constant, a comparison. */
final class EnumsScenario {
    enum Color {
        RED,
        GREEN,
        BLUE
    }

    record Painted(@Default("GREEN") Color color) {}

    record Given(Color color) {}

    record Result(Color result, boolean red) {}

    static final Task<Painted, Color> PAINT = Task.of("enums.paint", Painted.class, Color.class, Painted::color);
    static final Workflow<Given, Result> MAIN = Workflow.of("enums.main", Given.class, Result.class, flow -> {
        var color = flow.input(Given::color);
        var result = flow.call(PAINT).set(Painted::color).to(color).result();
        flow.call(PAINT).set(Painted::color).to(Color.BLUE);
        flow.call(PAINT);
        flow.output(Result::result).to(result);
        flow.output(Result::red).to(color.equalTo(Color.RED));
    });

    private EnumsScenario() {}
}
