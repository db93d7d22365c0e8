package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Cache;
import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Overrides;
import dev.godwit.authoring.Resources;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Timeouts;
import dev.godwit.authoring.Workflow;
import java.time.Duration;
import java.util.List;

/** What calls change of the settings of their task. */
final class OverridesScenario {
    record Number(long n) {}

    record Numbers(List<Long> numbers) {}

    static final Task<Number, Long> WORK = Task.of("overrides.work", Number.class, Long.class, Number::n)
            .retries(1)
            .cache(Cache.version("1"))
            .resources(Resources.none().cpu(1));
    static final Workflow<Numbers, Empty> MAIN = Workflow.of("overrides.main", Numbers.class, Empty.class, flow -> {
        flow.call(WORK)
                .set(Number::n)
                .to(1L)
                .named("the first")
                .with(Overrides.none().retries(4).timeouts(Timeouts.ofAttempt(Duration.ofSeconds(5))));
        flow.call(WORK)
                .set(Number::n)
                .to(2L)
                .with(Overrides.none()
                        .cached(false)
                        .resources(Resources.none().cpu(2).memory("1Gi"))
                        .environment("A", "1")
                        .interruptible(true));
        flow.call(WORK).set(Number::n).to(3L).with(Overrides.none().cache(Cache.version("2")));
        flow.map(WORK)
                .over(Number::n)
                .to(flow.input(Numbers::numbers))
                .with(Overrides.none().retries(0));
    });

    private OverridesScenario() {}
}
