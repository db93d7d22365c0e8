package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;

/** The smallest workflow: one task, called once. */
final class HelloScenario {
    record Somebody(String name) {}

    static final Task<Somebody, String> GREET =
            Task.of("hello.greet", Somebody.class, String.class, given -> "Hello, " + given.name());
    static final Workflow<Somebody, String> MAIN = Workflow.of(
            "hello.main",
            Somebody.class,
            String.class,
            flow -> flow.result(flow.call(GREET)
                    .set(Somebody::name)
                    .to(flow.input(Somebody::name))
                    .result()));

    private HelloScenario() {}
}
