package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.TypeRef;
import java.util.List;
import java.util.Optional;

/** Inputs of a map that are made of the item at hand. */
final class MapItemScenario {
    record Region(String name, Optional<Double> weight) {}

    record Totalled(Region region, String label, double weight) {}

    record Given(List<Region> regions, double usual) {}

    static final Task<Totalled, Double> TOTAL =
            Task.of("map_item.total", Totalled.class, Double.class, Totalled::weight);
    static final Workflow<Given, List<Double>> MAIN =
            Workflow.of("map_item.main", Given.class, new TypeRef<List<Double>>() {}, flow -> {
                var totals = flow.map(TOTAL).over(Totalled::region).to(flow.input(Given::regions));
                var region = totals.item(Totalled::region);
                flow.result(totals.set(Totalled::label)
                        .to(region.get(Region::name))
                        .set(Totalled::weight)
                        .to(Expressions.coalesce(region.get(Region::weight), flow.input(Given::usual)))
                        .results());
            });

    private MapItemScenario() {}
}
