package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.types.Default;

/** Workflows that call a task, and a workflow, when they have failed. */
final class FailureHandlerScenario {
    record Number(long n) {}

    record Told(ExecutionError error, long n) {}

    record Given(long n, @Default("x") String name) {}

    static final Task<Number, Long> WORK = Task.of("failure_handler.work", Number.class, Long.class, Number::n);
    static final Task<Told, Empty> TELL =
            Task.of("failure_handler.tell", Told.class, Empty.class, given -> new Empty());
    static final Workflow<Number, Empty> CLEAN_UP = Workflow.of(
            "failure_handler.clean_up",
            Number.class,
            Empty.class,
            flow -> flow.call(WORK).set(Number::n).to(flow.input(Number::n)));
    static final Workflow<Given, Long> MAIN = Workflow.of(
                    "failure_handler.main",
                    Given.class,
                    Long.class,
                    flow -> flow.result(flow.call(WORK)
                            .set(Number::n)
                            .to(flow.input(Given::n))
                            .result()))
            .onFailure(
                    TELL,
                    failed -> failed.set(Told::error)
                            .to(failed.error())
                            .set(Told::n)
                            .to(failed.input(Given::n))
                            .onAbortToo());
    static final Workflow<Number, Long> OTHER = Workflow.of(
                    "failure_handler.other",
                    Number.class,
                    Long.class,
                    flow -> flow.result(flow.call(WORK)
                            .set(Number::n)
                            .to(flow.input(Number::n))
                            .result()))
            .onFailure(CLEAN_UP, failed -> failed.set(Number::n).to(failed.input(Number::n)));

    private FailureHandlerScenario() {}
}
