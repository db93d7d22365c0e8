package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.TypeRef;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Maps, by texts and by integers. */
final class MapsScenario {
    record Taken(Map<String, Long> counts, Map<Long, List<String>> names) {}

    record Given(Map<Long, List<String>> names) {}

    record Result(Map<String, Double> result, double one) {}

    static final Task<Taken, Map<String, Double>> TAKE =
            Task.of("maps.take", Taken.class, new TypeRef<Map<String, Double>>() {}, given -> {
                Map<String, Double> counts = new LinkedHashMap<>();
                given.counts().forEach((name, count) -> counts.put(name, count.doubleValue()));
                return counts;
            });
    static final Workflow<Given, Result> MAIN = Workflow.of("maps.main", Given.class, Result.class, flow -> {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("b", 2L);
        counts.put("a", 1L);
        var result = flow.call(TAKE)
                .set(Taken::counts)
                .to(counts)
                .set(Taken::names)
                .to(flow.input(Given::names))
                .result();
        flow.output(Result::result).to(result);
        flow.output(Result::one).to(Expressions.entry(result, "a"));
    });

    private MapsScenario() {}
}
