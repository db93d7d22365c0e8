package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import java.time.Duration;

/** Nodes that wait: for a value, for a yes, for some time. */
final class GatesScenario {
    record Rate(double rate) {}

    record Given(Duration pause) {}

    static final Task<Rate, Empty> PUBLISH = Task.of("gates.publish", Rate.class, Empty.class, given -> new Empty());
    static final Workflow<Given, Empty> MAIN = Workflow.of("gates.main", Given.class, Empty.class, flow -> {
        var rate = flow.waitFor("rate", Double.class).prompt("Which rate?").timeout(Duration.ofDays(2));
        var agreed = flow.approve("Publish it?").named("boss").after(rate);
        var first = flow.sleep(Duration.ofSeconds(30)).after(agreed);
        var second = flow.sleep(flow.input(Given::pause));
        flow.call(PUBLISH).set(Rate::rate).to(rate.value()).after(first, second);
    });

    private GatesScenario() {}
}
