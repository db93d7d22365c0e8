package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Resources;
import dev.godwit.authoring.Retry;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;

/** What tasks need, and are given. */
final class ResourcesScenario {
    static final Task<Empty, Empty> LARGE = Task.of("resources.large", Empty.class, Empty.class, given -> given)
            .resources(Resources.none()
                    .cpu(0.5)
                    .memory("512Mi")
                    .disk("2G")
                    .sharedMemory("64Mi")
                    .gpu(2, "a100"))
            .retries(Retry.times(0).growMemory(2, "4Gi"));
    static final Task<Empty, Empty> GIVEN = Task.of("resources.given", Empty.class, Empty.class, given -> given)
            .secret("token", "web", "TOKEN")
            .secret("key")
            .environment("B", "")
            .environment("A", "1")
            .interruptible()
            .maxConcurrency(3)
            .queue("gpu")
            .label("team", "ml")
            .label("cost", "");
    static final Workflow<Empty, Empty> MAIN = Workflow.of("resources.main", Empty.class, Empty.class, flow -> {
        flow.call(LARGE);
        flow.call(GIVEN);
    });

    private ResourcesScenario() {}
}
