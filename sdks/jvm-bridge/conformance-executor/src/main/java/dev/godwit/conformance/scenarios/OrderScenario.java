package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;

/** Tasks without outputs, and an order without data. */
final class OrderScenario {
    record Text(String text) {}

    static final Task<Text, Empty> NOTE = Task.of("order.note", Text.class, Empty.class, given -> new Empty());
    static final Workflow<Empty, Empty> MAIN = Workflow.of("order.main", Empty.class, Empty.class, flow -> {
        var first = flow.call(NOTE).set(Text::text).to("a");
        var second = flow.call(NOTE).set(Text::text).to("b");
        flow.call(NOTE).set(Text::text).to("c").after(first, second);
    });

    private OrderScenario() {}
}
