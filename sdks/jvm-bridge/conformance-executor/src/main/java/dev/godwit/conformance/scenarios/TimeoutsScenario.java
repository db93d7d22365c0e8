package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Timeouts;
import dev.godwit.authoring.Workflow;
import java.time.Duration;

/** The three limits of time. */
final class TimeoutsScenario {
    static final Task<Empty, Empty> ATTEMPT_ONLY = Task.of(
                    "timeouts.attempt_only", Empty.class, Empty.class, given -> given)
            .timeout(Duration.ofSeconds(90));
    static final Task<Empty, Empty> EVERYTHING = Task.of("timeouts.all", Empty.class, Empty.class, given -> given)
            .timeouts(new Timeouts(Duration.ofMillis(1500), Duration.ofMinutes(10), Duration.ofDays(2)));
    static final Workflow<Empty, Empty> MAIN = Workflow.of("timeouts.main", Empty.class, Empty.class, flow -> {
        flow.call(ATTEMPT_ONLY);
        flow.call(EVERYTHING);
    });

    private TimeoutsScenario() {}
}
