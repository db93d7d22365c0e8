package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import java.math.BigDecimal;

/** Constants of the number types, at their edges. */
final class NumberTypesScenario {
    record Taken(boolean flag, long count, double ratio, BigDecimal price) {}

    record Both(double low, double high) {}

    static final Task<Taken, Double> TAKE = Task.of("number_types.take", Taken.class, Double.class, Taken::ratio);
    static final Workflow<Empty, Both> MAIN = Workflow.of("number_types.main", Empty.class, Both.class, flow -> {
        flow.output(Both::low)
                .to(flow.call(TAKE)
                        .set(Taken::flag)
                        .to(false)
                        .set(Taken::count)
                        .to(Long.MIN_VALUE)
                        .set(Taken::ratio)
                        .to(-0.0)
                        .set(Taken::price)
                        .to(BigDecimal.ZERO)
                        .result());
        flow.output(Both::high)
                .to(flow.call(TAKE)
                        .set(Taken::flag)
                        .to(true)
                        .set(Taken::count)
                        .to(Long.MAX_VALUE)
                        .set(Taken::ratio)
                        .to(1.5)
                        .set(Taken::price)
                        .to(new BigDecimal("1.50"))
                        .result());
    });

    private NumberTypesScenario() {}
}
