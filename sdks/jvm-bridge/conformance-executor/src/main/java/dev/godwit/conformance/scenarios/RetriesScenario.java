package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Retry;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import java.time.Duration;

/** Retries of tasks: by a number, and with everything that can be said of them. */
final class RetriesScenario {
    static final Task<Empty, Empty> PLAIN =
            Task.of("retries.plain", Empty.class, Empty.class, given -> given).retries(3);
    static final Task<Empty, Empty> EVERYTHING = Task.of("retries.all", Empty.class, Empty.class, given -> given)
            .retries(Retry.times(5)
                    .on("TIMEOUT_ATTEMPT", "ValueError")
                    .infrastructure(1)
                    .backoff(Duration.ofMillis(500), 3, 0.25)
                    .longestWait(Duration.ofMinutes(1)));
    static final Task<Empty, Empty> USUAL_WAIT = Task.of("retries.usual_wait", Empty.class, Empty.class, given -> given)
            .retries(Retry.times(1).backoff(Duration.ofSeconds(2)));
    static final Workflow<Empty, Empty> MAIN = Workflow.of("retries.main", Empty.class, Empty.class, flow -> {
        flow.call(PLAIN);
        flow.call(EVERYTHING);
        flow.call(USUAL_WAIT);
    });

    private RetriesScenario() {}
}
