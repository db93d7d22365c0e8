package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.AsTuple;
import dev.godwit.types.TypeRef;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;

/** Lists, tuples and sets. */
final class ListsScenario {
    @AsTuple
    record Pair(long number, String text) {}

    record Taken(List<Long> numbers, List<List<String>> names, Pair pair, Set<LocalDate> days) {}

    record Given(List<List<String>> names) {}

    static final Task<Taken, List<Double>> TAKE = Task.of(
            "lists.take",
            Taken.class,
            new TypeRef<List<Double>>() {},
            given -> given.numbers().stream().map(Long::doubleValue).toList());
    static final Workflow<Given, List<Double>> MAIN = Workflow.of(
            "lists.main",
            Given.class,
            new TypeRef<List<Double>>() {},
            flow -> flow.result(flow.call(TAKE)
                    .set(Taken::numbers)
                    .to(List.of(3L, 1L, 2L))
                    .set(Taken::names)
                    .to(flow.input(Given::names))
                    .set(Taken::pair)
                    .to(new Pair(1, "a"))
                    .set(Taken::days)
                    .to(Set.of(LocalDate.of(2024, 1, 1), LocalDate.of(2024, 2, 29)))
                    .result()));

    private ListsScenario() {}
}
