package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Cache;
import dev.godwit.authoring.Empty;
import dev.godwit.authoring.LaunchPlan;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.errors.NonRecoverableException;
import dev.godwit.runtime.TaskContext;
import dev.godwit.types.Default;
import dev.godwit.types.Unwrapped;
import dev.godwit.values.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the engine level runs: its tasks do what is said here. */
final class RunningScenario {
    record Point(long y, long x) {}

    sealed interface Choice permits Number, Text {}

    @Unwrapped
    record Number(long value) implements Choice {}

    @Unwrapped
    record Text(String value) implements Choice {}

    record Addition(long a, @Default("2") long b) {}

    record Numbers(List<Long> numbers) {}

    record Counted(long n) {}

    record Passed(Point point, Choice choice, Optional<String> note) {}

    record Given(
            Point point,
            Choice choice,
            @Default(none = true) Optional<String> note) {}

    record Repetition(String text, long times) {}

    record Times(long times) {}

    record SomeText(String text) {}

    record OfFile(File file) {}

    record Message(String message) {}

    static final Task<Addition, Long> ADD =
            Task.of("running.add", Addition.class, Long.class, given -> Math.addExact(given.a(), given.b()));
    static final Task<Numbers, Long> TOTAL = Task.of(
            "running.total",
            Numbers.class,
            Long.class,
            given -> given.numbers().stream().mapToLong(Long::longValue).sum());
    static final Task<Counted, Long> CACHED = Task.of(
                    "running.cached", Counted.class, Long.class, given -> given.n() + 1)
            .cache(Cache.version("1"));
    static final Task<Passed, Passed> PASS_ON = Task.of("running.pass_on", Passed.class, Passed.class, given -> given);
    static final Task<Repetition, String> REPEAT = Task.of(
            "running.repeat",
            Repetition.class,
            String.class,
            given -> given.text().repeat(Math.toIntExact(given.times())));
    static final Task<SomeText, Long> LENGTH = Task.of("running.length", SomeText.class, Long.class, given ->
            (long) given.text().codePointCount(0, given.text().length()));
    static final Task<SomeText, File> WRITE_FILE =
            Task.of("running.write_file", SomeText.class, File.class, RunningScenario::writeFile);
    static final Task<OfFile, String> READ_FILE = Task.of(
            "running.read_file",
            OfFile.class,
            String.class,
            given -> Files.readString(given.file().path()));
    static final Task<Counted, Long> SUCCEED_AT = Task.of(
                    "running.succeed_at", Counted.class, Long.class, RunningScenario::succeedAt)
            .retries(3);
    static final Task<Message, Long> FAIL = Task.of("running.fail", Message.class, Long.class, given -> {
        throw new IllegalStateException(given.message());
    });
    static final Task<Message, Long> FAIL_FOR_GOOD = Task.<Message, Long>of(
                    "running.fail_for_good", Message.class, Long.class, given -> {
                        throw new NonRecoverableException(given.message());
                    })
            .retries(3);
    static final Task<Empty, Long> WAIT = Task.of("running.wait", Empty.class, Long.class, RunningScenario::longWait)
            .timeout(Duration.ofSeconds(2));

    static final Workflow<Numbers, Long> MAPPED = Workflow.of("running.mapped", Numbers.class, Long.class, flow -> {
        var sums = flow.map(ADD)
                .over(Addition::a)
                .to(flow.input(Numbers::numbers))
                .set(Addition::b)
                .to(10L)
                .results();
        flow.result(flow.call(TOTAL).set(Numbers::numbers).to(sums).result());
    });
    static final Workflow<Given, Passed> PASSED = Workflow.of("running.passed", Given.class, Passed.class, flow -> {
        var first = flow.call(PASS_ON)
                .set(Passed::point)
                .to(flow.input(Given::point))
                .set(Passed::choice)
                .to(flow.input(Given::choice))
                .set(Passed::note)
                .to(flow.input(Given::note));
        var second = flow.call(PASS_ON)
                .set(Passed::point)
                .to(first.get(Passed::point))
                .set(Passed::choice)
                .to(first.get(Passed::choice))
                .set(Passed::note)
                .to(first.get(Passed::note));
        flow.output(Passed::point).to(second.get(Passed::point));
        flow.output(Passed::choice).to(second.get(Passed::choice));
        flow.output(Passed::note).to(second.get(Passed::note));
    });
    static final Workflow<Times, Long> LARGE = Workflow.of("running.large", Times.class, Long.class, flow -> {
        var text = flow.call(REPEAT)
                .set(Repetition::text)
                .to("ab")
                .set(Repetition::times)
                .to(flow.input(Times::times))
                .result();
        flow.result(flow.call(LENGTH).set(SomeText::text).to(text).result());
    });
    static final Workflow<SomeText, String> FILES = Workflow.of("running.files", SomeText.class, String.class, flow -> {
        var file = flow.call(WRITE_FILE)
                .set(SomeText::text)
                .to(flow.input(SomeText::text))
                .result();
        flow.result(flow.call(READ_FILE).set(OfFile::file).to(file).result());
    });
    static final Workflow<Counted, Long> CHOSEN = Workflow.of("running.chosen", Counted.class, Long.class, flow -> {
        var n = flow.input(Counted::n);
        flow.result(flow.choose(
                        n.greaterThan(10L),
                        more -> more.call(ADD).set(Addition::a).to(n).result())
                .otherwise(less -> less.call(LARGE).set(Times::times).to(n).result())
                .result());
    });
    static final LaunchPlan<Counted, Long> CHOSEN_FOR_FIVE =
            LaunchPlan.of("running.chosen_for_five", CHOSEN).fixing(Counted::n).to(5L);
    static final Workflow<Empty, Long> RETRIED = Workflow.of(
            "running.retried",
            Empty.class,
            Long.class,
            flow -> flow.result(flow.call(SUCCEED_AT).set(Counted::n).to(3L).result()));
    static final Workflow<Message, Long> FAILED = Workflow.of("running.failed", Message.class, Long.class, flow -> {
        var first = flow.call(ADD).set(Addition::a).to(1L).result();
        var second = flow.call(FAIL)
                .set(Message::message)
                .to(flow.input(Message::message))
                .result();
        flow.result(flow.call(ADD)
                .set(Addition::a)
                .to(second)
                .set(Addition::b)
                .to(first)
                .result());
    });
    static final Workflow<Empty, Long> GIVEN_UP = Workflow.of(
            "running.given_up",
            Empty.class,
            Long.class,
            flow -> flow.result(
                    flow.call(FAIL_FOR_GOOD).set(Message::message).to("never").result()));
    static final Workflow<Empty, Long> SLOW = Workflow.of(
            "running.slow",
            Empty.class,
            Long.class,
            flow -> flow.result(flow.call(WAIT).result()));

    private static File writeFile(SomeText given) throws IOException {
        Path folder = Files.createTempDirectory("note");
        return File.of(Files.writeString(folder.resolve("note.txt"), given.text()));
    }

    private static long succeedAt(Counted given) {
        long attempt = TaskContext.current().attempt();
        if (attempt < given.n()) {
            throw new IllegalStateException("attempt " + attempt + " is not yet " + given.n());
        }
        return attempt;
    }

    private static long longWait(Empty given) throws InterruptedException {
        Thread.sleep(600_000);
        return 0;
    }

    private RunningScenario() {}
}
