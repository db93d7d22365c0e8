package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Name;

/** Several outputs: named ones, and unnamed ones of a tuple. */
final class OutputsScenario {
    record Named(double mean, long count) {}

    record Unnamed(
            @Name("result_0") String first,
            @Name("result_1") String second) {}

    record Result(long count, String second, long constant, long same) {}

    static final Task<Empty, Named> NAMED =
            Task.of("outputs.named", Empty.class, Named.class, given -> new Named(0.5, 1));
    static final Task<Empty, Unnamed> UNNAMED =
            Task.of("outputs.unnamed", Empty.class, Unnamed.class, given -> new Unnamed("a", "b"));
    static final Workflow<Empty, Result> MAIN = Workflow.of("outputs.main", Empty.class, Result.class, flow -> {
        var count = flow.call(NAMED).get(Named::count);
        flow.output(Result::count).to(count);
        flow.output(Result::second).to(flow.call(UNNAMED).get(Unnamed::second));
        flow.output(Result::constant).to(5L);
        flow.output(Result::same).to(count);
    });

    private OutputsScenario() {}
}
