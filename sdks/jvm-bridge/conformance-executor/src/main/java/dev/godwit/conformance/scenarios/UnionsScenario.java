package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;
import dev.godwit.types.Unwrapped;
import java.util.List;
import java.util.Optional;

/** Unions of simple types: members in their order, with the default tags; constants of both members. */
final class UnionsScenario {
    sealed interface Value permits Count, Text {}

    @Unwrapped
    record Count(long value) implements Value {}

    @Unwrapped
    record Text(String value) implements Value {}

    sealed interface Extra permits Ratio, Numbers {}

    @Unwrapped
    record Ratio(double value) implements Extra {}

    @Unwrapped
    record Numbers(List<Long> value) implements Extra {}

    record Taken(Value value, @Default(none = true) Optional<Extra> extra) {}

    record Given(Value value) {}

    static final Task<Taken, Value> TAKE = Task.of("unions.take", Taken.class, Value.class, Taken::value);
    static final Workflow<Given, Value> MAIN = Workflow.of("unions.main", Given.class, Value.class, flow -> {
        flow.call(TAKE)
                .set(Taken::value)
                .to(new Count(1))
                .set(Taken::extra)
                .to(Optional.of(new Numbers(List.of(1L, 2L))));
        flow.call(TAKE).set(Taken::value).to(new Text("1"));
        flow.result(flow.call(TAKE)
                .set(Taken::value)
                .to(flow.input(Given::value))
                .set(Taken::extra)
                .to(Optional.of(new Ratio(0.5)))
                .result());
    });

    private UnionsScenario() {}
}
