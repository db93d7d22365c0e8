package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Default;
import dev.godwit.types.Format;
import dev.godwit.values.Directory;
import dev.godwit.values.File;
import java.util.List;
import java.util.Optional;

/** Files and folders, of a format and of any. */
final class FilesScenario {
    record Fetched(
            @Format("csv") File table,
            File page,
            @Format("acme.model") Directory model,
            Directory folder) {}

    record Used(
            @Format("csv") File table,
            File any,
            List<@Format("acme.model") Directory> models,
            @Default(none = true) Optional<Directory> folder) {}

    record Given(File page) {}

    record Result(@Format("csv") File table) {}

    static final Task<Empty, Fetched> FETCH = Task.of(
            "files.fetch",
            Empty.class,
            Fetched.class,
            given -> new Fetched(
                    File.at("memory://a.csv"),
                    File.at("memory://a"),
                    Directory.at("memory://m"),
                    Directory.at("memory://f")));
    static final Task<Used, Empty> USE = Task.of("files.use", Used.class, Empty.class, given -> new Empty());
    static final Workflow<Given, Result> MAIN = Workflow.of("files.main", Given.class, Result.class, flow -> {
        var fetched = flow.call(FETCH);
        var table = fetched.get(Fetched::table);
        flow.call(USE)
                .set(Used::table)
                .to(table)
                .set(Used::any)
                .to(flow.input(Given::page))
                .set(Used::models)
                .to(Expressions.list(fetched.get(Fetched::model)))
                .set(Used::folder)
                .to(fetched.get(Fetched::folder).optional());
        flow.call(USE)
                .set(Used::table)
                .to(table)
                .set(Used::any)
                .to(table)
                .set(Used::models)
                .to(List.of());
        flow.output(Result::table).to(table);
    });

    private FilesScenario() {}
}
