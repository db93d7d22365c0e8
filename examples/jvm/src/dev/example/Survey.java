package dev.example;

import dev.godwit.authoring.Cache;
import dev.godwit.authoring.Call;
import dev.godwit.authoring.Reference;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.Doc;
import dev.godwit.types.TypeRef;
import dev.godwit.values.File;
import dev.godwit.values.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A workflow over tasks of three languages, of which one is declared here. */
public final class Survey {
    /** How many. */
    public record Count(long count) {}

    /** A level at a site. */
    public record Reading(String site, double level) {}

    /** What was read, and as a table. */
    public record Measured(List<Reading> readings, Table table) {}

    /** What a reading means. */
    public sealed interface Finding permits Calm, Alarm {}

    /** Nothing. */
    public record Calm(String site) implements Finding {}

    /** Something. */
    public record Alarm(String site, double level) implements Finding {}

    /** What all readings mean. */
    @Doc("What all readings mean.")
    public record Judged(List<Finding> findings, File report, Table table) {}

    static final Reference<Count, Measured> MEASURE = Reference.task("survey.measure", Count.class, Measured.class);

    static final Task<Measured, Judged> JUDGE = Task.of("dev.example.judge", Measured.class, Judged.class, Survey::judge)
            .cache(Cache.auto());

    static final Reference<Judged, Judged> RANK = Reference.task("dev.example.rank", Judged.class, Judged.class);

    static final Reference<Judged, String> SUMMARIZE =
            Reference.task("survey.summarize", Judged.class, new TypeRef<String>() {});

    static final Workflow<Count, String> SURVEY = Workflow.of("dev.example.survey", Count.class, String.class, wf -> {
        var measured = wf.call(MEASURE).set(Count::count).to(wf.input(Count::count));
        var judged = wf.call(JUDGE)
                .set(Measured::readings)
                .to(measured.get(Measured::readings))
                .set(Measured::table)
                .to(measured.get(Measured::table));
        var ranked = given(wf.call(RANK), judged);
        wf.result(given(wf.call(SUMMARIZE), ranked).result());
    });

    /** Gives a call all that an earlier one has judged. */
    private static <O> Call<Judged, O> given(Call<Judged, O> call, Call<?, Judged> judged) {
        return call.set(Judged::findings)
                .to(judged.get(Judged::findings))
                .set(Judged::report)
                .to(judged.get(Judged::report))
                .set(Judged::table)
                .to(judged.get(Judged::table));
    }

    private static Judged judge(Measured given) throws Exception {
        List<Finding> findings =
                given.readings().stream().map(Survey::finding).toList();
        Path report = Files.createTempDirectory("survey").resolve("report.txt");
        Files.writeString(report, findings.size() + " findings");
        return new Judged(findings, File.of(report), given.table());
    }

    private static Finding finding(Reading reading) {
        return reading.level() > 1 ? new Alarm(reading.site(), reading.level()) : new Calm(reading.site());
    }

    private Survey() {}
}
