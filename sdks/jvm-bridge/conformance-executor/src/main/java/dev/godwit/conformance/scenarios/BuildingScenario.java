package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Promise;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Name;
import dev.godwit.types.TypeRef;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lists, maps and records that are put together from promises. */
final class BuildingScenario {
    record Pair(long left, List<Long> right) {}

    record Number(long n) {}

    record Taken(List<Long> numbers, @Name("by_name") Map<String, Long> byName, Pair pair) {}

    static final Task<Number, Long> GIVE = Task.of("building.give", Number.class, Long.class, Number::n);
    static final Task<Taken, Empty> TAKE = Task.of("building.take", Taken.class, Empty.class, given -> new Empty());
    static final Workflow<Number, List<Long>> MAIN =
            Workflow.of("building.main", Number.class, new TypeRef<List<Long>>() {}, flow -> {
                var n = flow.input(Number::n);
                var given = flow.call(GIVE).set(Number::n).to(n).result();
                Map<String, Promise<Long>> byName = new LinkedHashMap<>();
                byName.put("b", given);
                byName.put("a", Expressions.value(2L));
                flow.call(TAKE)
                        .set(Taken::numbers)
                        .to(Expressions.list(given, Expressions.value(5L), n))
                        .set(Taken::byName)
                        .to(Expressions.map(byName))
                        .set(Taken::pair)
                        .to(Expressions.record(Pair.class)
                                .set(Pair::left)
                                .to(n)
                                .set(Pair::right)
                                .to(Expressions.list(given))
                                .promise());
                flow.result(Expressions.list(given, n));
            });

    private BuildingScenario() {}
}
