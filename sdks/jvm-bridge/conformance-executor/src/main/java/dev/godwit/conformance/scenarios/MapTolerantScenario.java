package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import java.util.List;
import java.util.Optional;

/** Maps whose items may fail: by a share, by a number; few items at a time; without the outputs of failed items. */
final class MapTolerantScenario {
    record Number(long n) {}

    record Numbers(List<Long> numbers) {}

    record Result(long result, List<Optional<Long>> all) {}

    static final Task<Number, Long> CHECK = Task.of("map_tolerant.check", Number.class, Long.class, Number::n);
    static final Task<Numbers, Long> TOTAL = Task.of(
            "map_tolerant.total",
            Numbers.class,
            Long.class,
            given -> given.numbers().stream().mapToLong(Long::longValue).sum());
    static final Workflow<Numbers, Result> MAIN =
            Workflow.of("map_tolerant.main", Numbers.class, Result.class, flow -> {
                var numbers = flow.input(Numbers::numbers);
                var first = flow.mapTolerating(CHECK, 0.5)
                        .over(Number::n)
                        .to(numbers)
                        .concurrency(4)
                        .results();
                var second = flow.mapTolerating(CHECK, 2L)
                        .over(Number::n)
                        .to(numbers)
                        .results();
                flow.output(Result::result)
                        .to(flow.call(TOTAL)
                                .set(Numbers::numbers)
                                .to(Expressions.dropNone(first))
                                .result());
                flow.output(Result::all).to(second);
            });

    private MapTolerantScenario() {}
}
