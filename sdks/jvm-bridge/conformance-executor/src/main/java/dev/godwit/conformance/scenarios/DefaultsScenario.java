package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Defaults of every sort, in the interface of a task and of a workflow; a call leaves out what has a default. */
final class DefaultsScenario {
    record Point(long x, long y) {}

    record Taken(
            @Default("3") long count,
            @Default("0.25") double ratio,
            @Default("") String name,
            @Default("[\"a\"]") List<String> tags,
            @Default("{\"x\": 1, \"y\": 2}") Point at,
            @Default(none = true) Optional<String> note,
            @Default("true") boolean flag,
            @Default("1s") Duration span) {}

    record Given(
            @Default("x") String name,
            @Default("{\"x\": 3, \"y\": 4}") Point at) {}

    static final Task<Taken, String> TAKE = Task.of("defaults.take", Taken.class, String.class, Taken::name);
    static final Workflow<Given, String> MAIN = Workflow.of("defaults.main", Given.class, String.class, flow -> {
        var result = flow.call(TAKE)
                .set(Taken::name)
                .to(flow.input(Given::name))
                .set(Taken::at)
                .to(flow.input(Given::at))
                .result();
        flow.call(TAKE);
        flow.result(result);
    });

    private DefaultsScenario() {}
}
