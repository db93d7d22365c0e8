package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.TypeRef;
import java.util.List;
import java.util.Optional;

/** Every operator of conditions. */
final class ConditionsScenario {
    record Taken(boolean a, boolean b, boolean c, boolean d, boolean e, boolean f, boolean g, boolean h) {}

    record Given(long x, double y, Optional<String> name, List<String> names) {}

    static final Task<Taken, Empty> TAKE = Task.of("conditions.take", Taken.class, Empty.class, given -> new Empty());
    static final Workflow<Given, Empty> MAIN = Workflow.of("conditions.main", Given.class, Empty.class, flow -> {
        var x = flow.input(Given::x);
        var y = flow.input(Given::y);
        flow.call(TAKE)
                .set(Taken::a)
                .to(x.equalTo(1L))
                .set(Taken::b)
                .to(x.notEqualTo(1L))
                .set(Taken::c)
                .to(Expressions.asFloat(x).lessThan(y))
                .set(Taken::d)
                .to(Expressions.allOf(x.atMost(2L), y.greaterThan(0.5)))
                .set(Taken::e)
                .to(Expressions.anyOf(x.atLeast(2L), y.lessThan(0.5)))
                .set(Taken::f)
                .to(Expressions.not(flow.input(Given::name).isNone()))
                .set(Taken::g)
                .to(Expressions.isIn(Expressions.value("a"), flow.input(Given::names)))
                .set(Taken::h)
                .to(Expressions.isIn(x, Expressions.value(new TypeRef<List<Long>>() {}, List.of(1L, 2L, 3L))));
    });

    private ConditionsScenario() {}
}
