package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.TypeRef;
import java.util.List;

/** A union of records, as a sealed interface has them; two members have the same fields. */
final class ShapesScenario {
    sealed interface Shape permits Circle, Square, Label {}

    record Circle(double size) implements Shape {}

    record Square(double size) implements Shape {}

    record Label(String text) implements Shape {}

    record Drawn(Shape shape) {}

    static final Task<Drawn, List<Shape>> DRAW =
            Task.of("shapes.draw", Drawn.class, new TypeRef<List<Shape>>() {}, given -> List.of(given.shape()));
    static final Workflow<Drawn, List<Shape>> MAIN =
            Workflow.of("shapes.main", Drawn.class, new TypeRef<List<Shape>>() {}, flow -> {
                flow.call(DRAW).set(Drawn::shape).to(new Square(2.0));
                flow.call(DRAW).set(Drawn::shape).to(new Label("a"));
                flow.result(flow.call(DRAW)
                        .set(Drawn::shape)
                        .to(flow.input(Drawn::shape))
                        .result());
            });

    private ShapesScenario() {}
}
