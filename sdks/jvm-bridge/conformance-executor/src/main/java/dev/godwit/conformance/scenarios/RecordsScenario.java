package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;
import java.util.List;
import java.util.Optional;

/** Records: as constants, as inputs, under construction, one in another, with defaults. Fields are not in the order of their names. */
final class RecordsScenario {
    record Settings(
            long rounds,
            @Default("0.5") double rate,
            @Default(none = true) Optional<String> name) {}

    record Job(Settings settings, List<String> tags) {}

    record Run(Job job) {}

    record Given(Settings settings, long rounds) {}

    record Both(Settings result, Settings built) {}

    record Held(Settings result) {}

    static final Task<Run, Held> RUN = Task.of(
            "records.run", Run.class, Held.class, given -> new Held(given.job().settings()));
    static final Workflow<Given, Both> MAIN = Workflow.of("records.main", Given.class, Both.class, flow -> {
        flow.output(Both::result)
                .to(flow.call(RUN)
                        .set(Run::job)
                        .to(Expressions.record(Job.class)
                                .set(Job::settings)
                                .to(flow.input(Given::settings))
                                .set(Job::tags)
                                .to(List.of("a"))
                                .promise())
                        .get(Held::result));
        var settings = Expressions.record(Settings.class)
                .set(Settings::rounds)
                .to(flow.input(Given::rounds))
                .set(Settings::rate)
                .to(0.1)
                .set(Settings::name)
                .to(Optional.of("x"))
                .promise();
        flow.output(Both::built)
                .to(flow.call(RUN)
                        .set(Run::job)
                        .to(Expressions.record(Job.class)
                                .set(Job::settings)
                                .to(settings)
                                .set(Job::tags)
                                .to(List.of())
                                .promise())
                        .get(Held::result));
        flow.call(RUN).set(Run::job).to(new Job(new Settings(3, 0.5, Optional.empty()), List.of("b")));
    });

    private RecordsScenario() {}
}
