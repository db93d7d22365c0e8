package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;
import dev.godwit.types.Doc;

/** What people read: of a task, a workflow, inputs, a record and its fields. */
final class DocumentedScenario {
    @Doc("Somebody.")
    record Person(@Doc("Full name.") String name, long age) {}

    record Greeted(
            @Doc("Who is greeted.") Person person,
            @Doc("How often.") @Default("1") long times) {}

    record Given(@Doc("Who it is.") Person person) {}

    static final Task<Greeted, String> GREET = Task.of(
                    "documented.greet",
                    Greeted.class,
                    String.class,
                    given -> ("Hello, " + given.person().name()).repeat((int) given.times()))
            .documented("Greet somebody.", "Politely, and as often as asked for.")
            .deprecated("Use salute.")
            .label("team", "web");
    static final Workflow<Given, String> MAIN = Workflow.of(
                    "documented.main",
                    Given.class,
                    String.class,
                    flow -> flow.result(flow.call(GREET)
                            .set(Greeted::person)
                            .to(flow.input(Given::person))
                            .result()))
            .documented("Greet once.", "")
            .deprecated("No longer polite.")
            .label("b", "2")
            .label("a", "1");

    private DocumentedScenario() {}
}
