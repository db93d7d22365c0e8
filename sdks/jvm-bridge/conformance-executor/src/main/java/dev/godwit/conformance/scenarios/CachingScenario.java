package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Cache;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import java.time.Duration;

/** Caches of tasks, with everything that can be said of them. */
final class CachingScenario {
    record Number(long n) {}

    record All(long n, boolean verbose, String name) {}

    static final Task<Number, Long> PLAIN =
            Task.of("caching.plain", Number.class, Long.class, Number::n).cache(Cache.version("1"));
    static final Task<All, Long> EVERYTHING = Task.of("caching.all", All.class, Long.class, All::n)
            .cache(Cache.version("2024.1")
                    .salt("s")
                    .serialized()
                    .timeToLive(Duration.ofHours(1))
                    .ignoring("verbose", "name"));
    static final Workflow<Number, Long> MAIN = Workflow.of("caching.main", Number.class, Long.class, flow -> {
        var first = flow.call(PLAIN).set(Number::n).to(flow.input(Number::n)).result();
        flow.result(flow.call(EVERYTHING)
                .set(All::n)
                .to(first)
                .set(All::verbose)
                .to(false)
                .set(All::name)
                .to("x")
                .result());
    });

    private CachingScenario() {}
}
