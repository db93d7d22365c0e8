package dev.godwit.testing;

import static dev.godwit.authoring.Expressions.coalesce;
import static dev.godwit.authoring.Expressions.dropNone;
import static dev.godwit.authoring.Expressions.entry;
import static dev.godwit.authoring.Expressions.item;
import static dev.godwit.authoring.Expressions.list;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.LaunchPlan;
import dev.godwit.authoring.Reference;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.runtime.TaskContext;
import dev.godwit.types.Default;
import dev.godwit.types.TypeRef;
import dev.godwit.values.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(GodwitExtension.class)
class InPlaceTest {
    record N(long n) {}

    record Pair(long a, @Default("2") long b) {}

    record Numbers(List<Long> numbers) {}

    record Stats(long sum, Map<String, Double> means, Optional<String> note) {}

    static final Task<Pair, Long> ADD = Task.of("place.add", Pair.class, Long.class, in -> in.a() + in.b());
    static final Task<Numbers, Stats> STATS = Task.of(
            "place.stats",
            Numbers.class,
            Stats.class,
            in -> new Stats(
                    in.numbers().stream().mapToLong(Long::longValue).sum(), Map.of("all", 0.5), Optional.empty()));
    static final Task<N, Long> ODD = Task.of("place.odd", N.class, Long.class, in -> {
        if (in.n() % 2 == 0) {
            throw new IllegalArgumentException(in.n() + " is even");
        }
        return in.n();
    });

    record Out(long sum, double mean, String note, List<Long> odd) {}

    static final Workflow<Numbers, Out> FLOW = Workflow.of("place.flow", Numbers.class, Out.class, wf -> {
        var added = wf.map(ADD)
                .over(Pair::a)
                .to(wf.input(Numbers::numbers))
                .set(Pair::b)
                .to(10L);
        var stats = wf.call(STATS).set(Numbers::numbers).to(added.results());
        var odd = wf.mapTolerating(ODD, 0.5).over(N::n).to(wf.input(Numbers::numbers));
        wf.output(Out::sum)
                .to(stats.get(Stats::sum))
                .output(Out::mean)
                .to(entry(stats.get(Stats::means), "all"))
                .output(Out::note)
                .to(coalesce(stats.get(Stats::note), "none"))
                .output(Out::odd)
                .to(dropNone(odd.results()));
    });

    @Test
    void runsMapsAndExpressions(InPlace place) {
        assertEquals(new Out(36, 0.5, "none", List.of(1L, 3L)), place.run(FLOW, new Numbers(List.of(1L, 2L, 3L))));
    }

    @Test
    void failsWhereTooManyItemsDo(InPlace place) {
        NodeFailedException failure =
                assertThrows(NodeFailedException.class, () -> place.run(FLOW, new Numbers(List.of(2L, 4L, 5L))));
        assertEquals("n2/[0]", failure.node());
        assertEquals("USER_EXCEPTION", failure.code());
        assertEquals(IllegalArgumentException.class, failure.getCause().getClass());
    }

    static final Workflow<N, String> CHOOSING = Workflow.of("place.choosing", N.class, String.class, wf -> {
        var label = wf.waitFor("label", String.class);
        var asked = wf.approve("Go on?").after(label);
        wf.sleep(Duration.ofDays(300)).after(asked);
        wf.result(wf.choose(wf.input(N::n).greaterThan(10L), then -> label.value())
                .or(wf.input(N::n).equalTo(1L), then -> dev.godwit.authoring.Expressions.value("one"))
                .otherwiseFail("too small")
                .result());
    });

    @Test
    void answersGatesAndBranches(InPlace place) {
        place.answer("label", "many");
        assertEquals("many", place.run(CHOOSING, new N(11)));
        assertEquals("one", place.run(CHOOSING, new N(1)));
        assertEquals(
                "NO_CASE",
                assertThrows(NodeFailedException.class, () -> place.run(CHOOSING, new N(5)))
                        .code());
        place.reject("n1");
        assertEquals(
                "REJECTED",
                assertThrows(NodeFailedException.class, () -> place.run(CHOOSING, new N(11)))
                        .code());
    }

    @Test
    void saysWhatIsNotAnswered(InPlace place) {
        assertEquals(
                "NOT_ANSWERED",
                assertThrows(GodwitException.class, () -> place.run(CHOOSING, new N(1)))
                        .code());
    }

    static final Reference<N, Long> PYTHON = Reference.task("python.square", N.class, Long.class);
    static final Workflow<N, List<Long>> CROSSING =
            Workflow.of("place.crossing", N.class, new TypeRef<List<Long>>() {}, wf -> {
                var squared = wf.call(PYTHON).set(N::n).to(wf.input(N::n)).result();
                wf.result(list(squared, wf.call(ADD).set(Pair::a).to(squared).result()));
            });
    static final LaunchPlan<N, List<Long>> THREE =
            LaunchPlan.of("place.three", CROSSING).fixing(N::n).to(3L);

    @Test
    void takesMocksForWhatIsElsewhere(InPlace place) {
        assertEquals(
                "NOT_MOCKED",
                assertThrows(GodwitException.class, () -> place.run(CROSSING, new N(3)))
                        .code());
        place.mock(PYTHON, in -> in.n() * in.n());
        assertEquals(List.of(9L, 11L), place.run(CROSSING, new N(3)));
        assertEquals(List.of(9L, 11L), place.run(THREE, new N(3)));
        assertEquals(
                "FIXED_INPUT",
                assertThrows(GodwitException.class, () -> place.run(THREE, new N(4)))
                        .code());
    }

    record Told(ExecutionError error, long n) {}

    @Test
    void callsFailureHandlers(InPlace place) {
        List<String> told = new ArrayList<>();
        Task<Told, Empty> tell = Task.of("place.tell", Told.class, Empty.class, in -> {
            told.add(in.n() + " " + in.error().getCode());
            return new Empty();
        });
        Workflow<N, Long> fragile = Workflow.of(
                        "place.fragile",
                        N.class,
                        Long.class,
                        wf -> wf.result(
                                wf.call(ODD).set(N::n).to(wf.input(N::n)).result()))
                .onFailure(
                        tell,
                        handler -> handler.set(Told::error)
                                .to(handler.error())
                                .set(Told::n)
                                .to(handler.input(N::n)));
        assertEquals(3L, place.run(fragile, new N(3)));
        assertThrows(NodeFailedException.class, () -> place.run(fragile, new N(4)));
        assertEquals(List.of("4 USER_EXCEPTION"), told);
    }

    record Note(File file) {}

    static final Task<Empty, Note> WRITE = Task.of("place.write", Empty.class, Note.class, in -> {
        var path = TaskContext.current().checkpoint().resolve("note.txt");
        java.nio.file.Files.writeString(path, TaskContext.current().secret("word"));
        return new Note(File.of(path));
    });
    static final Task<Note, String> READ =
            Task.of("place.read", Note.class, String.class, in -> in.file().readText());

    @Test
    void keepsFilesAndSecrets(InPlace place) {
        Workflow<Empty, String> flow = Workflow.of(
                "place.files",
                Empty.class,
                String.class,
                wf -> wf.result(wf.call(READ)
                        .set(Note::file)
                        .to(wf.call(WRITE).get(Note::file))
                        .result()));
        assertEquals("open", place.secret("word", "open").run(flow, new Empty()));
    }

    @Test
    void namesTheNodeOfAnIndexThatIsOutOfRange(InPlace place) {
        Workflow<Numbers, Long> flow = Workflow.of(
                "place.index",
                Numbers.class,
                Long.class,
                wf -> wf.result(wf.call(ADD)
                        .set(Pair::a)
                        .to(item(wf.input(Numbers::numbers), 5))
                        .result()));
        NodeFailedException failure =
                assertThrows(NodeFailedException.class, () -> place.run(flow, new Numbers(List.of(1L))));
        assertEquals("INDEX_OUT_OF_RANGE", failure.code());
        assertTrue(failure.getMessage().contains("n0"), failure.getMessage());
    }
}
