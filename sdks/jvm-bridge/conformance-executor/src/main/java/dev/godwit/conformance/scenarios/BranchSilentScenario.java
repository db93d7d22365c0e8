package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;

/** A branch without outputs, and without a default: where its condition is false, nothing is done. A node waits for it. */
final class BranchSilentScenario {
    record Text(String text) {}

    record Loudness(boolean loud) {}

    static final Task<Text, Empty> NOTE = Task.of("branch_silent.note", Text.class, Empty.class, given -> new Empty());
    static final Workflow<Loudness, Empty> MAIN =
            Workflow.of("branch_silent.main", Loudness.class, Empty.class, flow -> {
                var chosen = flow.when(
                        flow.input(Loudness::loud),
                        loud -> loud.call(NOTE).set(Text::text).to("loud"));
                flow.call(NOTE).set(Text::text).to("done").after(chosen);
            });

    private BranchSilentScenario() {}
}
