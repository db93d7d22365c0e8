package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Name;
import java.util.Optional;

/** A branch with several cases in order, several outputs, values instead of calls, and a failure where no case is true. */
final class BranchCasesScenario {
    record Number(long n) {}

    record Chosen(
            @Name("result_0") String label,
            @Name("result_1") Optional<Long> size) {}

    record Labelled(String label, Optional<Long> size) {}

    static final Task<Number, String> NAME_OF =
            Task.of("branch_cases.name_of", Number.class, String.class, given -> Long.toString(given.n()));
    static final Workflow<Number, Labelled> MAIN =
            Workflow.of("branch_cases.main", Number.class, Labelled.class, flow -> {
                var n = flow.input(Number::n);
                var chosen = flow.choose(Chosen.class, n.lessThan(0L), negative -> {
                            negative.output(Chosen::label).to("negative");
                            negative.output(Chosen::size).to(Optional.empty());
                        })
                        .or(n.equalTo(0L), zero -> {
                            zero.output(Chosen::label)
                                    .to(zero.call(NAME_OF).set(Number::n).to(0L).result());
                            zero.output(Chosen::size).to(Optional.of(0L));
                        })
                        .or(n.atMost(100L), some -> {
                            some.output(Chosen::label)
                                    .to(some.call(NAME_OF).set(Number::n).to(n).result());
                            some.output(Chosen::size).to(n.optional());
                        })
                        .otherwiseFail("too large");
                flow.output(Labelled::label).to(chosen.get(Chosen::label));
                flow.output(Labelled::size).to(chosen.get(Chosen::size));
            });

    private BranchCasesScenario() {}
}
