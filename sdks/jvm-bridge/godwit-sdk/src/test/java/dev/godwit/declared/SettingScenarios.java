package dev.godwit.declared;

import static dev.godwit.authoring.Expressions.record;

import dev.godwit.authoring.Cache;
import dev.godwit.authoring.Callee;
import dev.godwit.authoring.Empty;
import dev.godwit.authoring.LaunchPlan;
import dev.godwit.authoring.Overrides;
import dev.godwit.authoring.Resources;
import dev.godwit.authoring.Retry;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Timeouts;
import dev.godwit.authoring.Workflow;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.types.Default;
import dev.godwit.types.Doc;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Scenarios of the conformance suite about settings, and about entities that refer to each other. */
final class SettingScenarios {
    private SettingScenarios() {}

    record N(long n) {}

    record Numbers(List<Long> numbers) {}

    private static <I> Task<I, Empty> silent(String name, Class<I> inputs) {
        return Task.of(name, inputs, Empty.class, in -> new Empty());
    }

    static final Task<N, Long> WORK = Task.of("overrides.work", N.class, Long.class, in -> in.n())
            .retries(1)
            .cache(Cache.version("1"))
            .resources(Resources.none().cpu(1));
    static final Workflow<Numbers, Empty> OVERRIDES = Workflow.of("overrides.main", Numbers.class, Empty.class, wf -> {
        wf.call(WORK)
                .set(N::n)
                .to(1L)
                .with(Overrides.none().retries(4).timeouts(Timeouts.ofAttempt(Duration.ofSeconds(5))))
                .named("the first");
        wf.call(WORK)
                .set(N::n)
                .to(2L)
                .with(Overrides.none()
                        .resources(Resources.none().cpu(2).memory("1Gi"))
                        .cached(false)
                        .interruptible(true)
                        .environment("A", "1"));
        wf.call(WORK).set(N::n).to(3L).with(Overrides.none().cache(Cache.version("2")));
        wf.map(WORK)
                .over(N::n)
                .to(wf.input(Numbers::numbers))
                .with(Overrides.none().retries(0));
    });

    static final Task<Empty, Empty> PLAIN = silent("retries.plain", Empty.class).retries(3);
    static final Task<Empty, Empty> ALL = silent("retries.all", Empty.class)
            .retries(Retry.times(5)
                    .backoff(Duration.ofMillis(500), 3, 0.25)
                    .longestWait(Duration.ofMinutes(1))
                    .infrastructure(1)
                    .on("TIMEOUT_ATTEMPT", "ValueError"));
    static final Task<Empty, Empty> USUAL =
            silent("retries.usual_wait", Empty.class).retries(Retry.times(1).backoff(Duration.ofSeconds(2)));
    static final Workflow<Empty, Empty> RETRIES = Workflow.of("retries.main", Empty.class, Empty.class, wf -> {
        wf.call(PLAIN);
        wf.call(ALL);
        wf.call(USUAL);
    });

    record Cached(long n, boolean verbose, String name) {}

    static final Task<N, Long> CACHED =
            Task.of("caching.plain", N.class, Long.class, in -> in.n()).cache(Cache.version("1"));
    static final Task<Cached, Long> CACHED_FULLY = Task.of("caching.all", Cached.class, Long.class, in -> in.n())
            .cache(Cache.version("2024.1")
                    .salt("s")
                    .serialized()
                    .timeToLive(Duration.ofHours(1))
                    .ignoring("verbose", "name"));
    static final Workflow<N, Long> CACHING = Workflow.of("caching.main", N.class, Long.class, wf -> {
        var plain = wf.call(CACHED).set(N::n).to(wf.input(N::n)).result();
        wf.result(wf.call(CACHED_FULLY)
                .set(Cached::n)
                .to(plain)
                .set(Cached::verbose)
                .to(false)
                .set(Cached::name)
                .to("x")
                .result());
    });

    static final Task<Empty, Empty> LARGE = silent("resources.large", Empty.class)
            .resources(Resources.none()
                    .cpu(0.5)
                    .memory("512Mi")
                    .disk("2G")
                    .sharedMemory("64Mi")
                    .gpu(2, "a100"))
            .retries(Retry.times(0).growMemory(2, "4Gi"));
    static final Task<Empty, Empty> GIVEN = silent("resources.given", Empty.class)
            .secret("token", "web", "TOKEN")
            .secret("key")
            .environment("A", "1")
            .environment("B", "")
            .interruptible()
            .label("team", "ml")
            .label("cost", "")
            .maxConcurrency(3)
            .queue("gpu");
    static final Workflow<Empty, Empty> RESOURCES = Workflow.of("resources.main", Empty.class, Empty.class, wf -> {
        wf.call(LARGE);
        wf.call(GIVEN);
    });

    static final Task<Empty, Empty> LIMITED =
            silent("timeouts.attempt_only", Empty.class).timeout(Duration.ofSeconds(90));
    static final Task<Empty, Empty> LIMITED_FULLY = silent("timeouts.all", Empty.class)
            .timeouts(new Timeouts(Duration.ofMillis(1500), Duration.ofMinutes(10), Duration.ofDays(2)));
    static final Workflow<Empty, Empty> TIMEOUTS = Workflow.of("timeouts.main", Empty.class, Empty.class, wf -> {
        wf.call(LIMITED);
        wf.call(LIMITED_FULLY);
    });

    record Told(ExecutionError error, long n) {}

    record Named(long n, @Default("x") String name) {}

    static final Task<N, Long> FRAGILE = Task.of("failure_handler.work", N.class, Long.class, in -> in.n());
    static final Task<Told, Empty> TELL = silent("failure_handler.tell", Told.class);
    static final Workflow<N, Empty> CLEAN_UP = Workflow.of(
            "failure_handler.clean_up",
            N.class,
            Empty.class,
            wf -> wf.call(FRAGILE).set(N::n).to(wf.input(N::n)));
    static final Workflow<Named, Long> HANDLED = Workflow.of(
                    "failure_handler.main",
                    Named.class,
                    Long.class,
                    wf -> wf.result(
                            wf.call(FRAGILE).set(N::n).to(wf.input(Named::n)).result()))
            .onFailure(
                    TELL,
                    handler -> handler.set(Told::error)
                            .to(handler.error())
                            .set(Told::n)
                            .to(handler.input(Named::n))
                            .onAbortToo());
    static final Workflow<N, Long> HANDLED_TOO = Workflow.of(
                    "failure_handler.other",
                    N.class,
                    Long.class,
                    wf -> wf.result(
                            wf.call(FRAGILE).set(N::n).to(wf.input(N::n)).result()))
            .onFailure(CLEAN_UP, handler -> handler.set(N::n).to(handler.input(N::n)));

    record Train(long count, double rate, String name) {}

    record Training(long count, double rate, @Default("x") String name) {}

    record Twice(double usual, double more) {}

    static final Task<Train, Double> TRAIN = Task.of("launch_plan.train", Train.class, Double.class, in -> 0.0);
    static final Workflow<Training, Double> TRAINING = Workflow.of(
            "launch_plan.training",
            Training.class,
            Double.class,
            wf -> wf.result(wf.call(TRAIN)
                    .set(Train::count)
                    .to(wf.input(Training::count))
                    .set(Train::rate)
                    .to(wf.input(Training::rate))
                    .set(Train::name)
                    .to(wf.input(Training::name))
                    .result()));
    static final LaunchPlan<Training, Double> NIGHTLY = LaunchPlan.of("launch_plan.nightly", TRAINING)
            .defaulting(Training::count)
            .to(3L)
            .fixing(Training::rate)
            .to(1.0)
            .documented("Each night.")
            .label("team", "ml")
            .label("cost", "low");
    static final Workflow<Empty, Twice> LAUNCHED = Workflow.of("launch_plan.main", Empty.class, Twice.class, wf -> {
        var usual = wf.call(NIGHTLY);
        var more =
                wf.call(NIGHTLY).set(Training::count).to(5L).set(Training::name).to("y");
        wf.output(Twice::usual).to(usual.result()).output(Twice::more).to(more.result());
    });

    record Settings(
            long rounds,
            @Default("0.5") double rate,
            @Default(none = true) Optional<String> name) {}

    record Job(Settings settings, List<String> tags) {}

    record Run(Job job) {}

    record Result(Settings result) {}

    record Given(Settings settings, long rounds) {}

    record Results(Settings result, Settings built) {}

    static final Task<Run, Result> RUN = Task.of("records.run", Run.class, Result.class, in -> null);
    static final Workflow<Given, Results> RECORDS = Workflow.of("records.main", Given.class, Results.class, wf -> {
        var first = wf.call(RUN)
                .set(Run::job)
                .to(record(Job.class)
                        .set(Job::settings)
                        .to(wf.input(Given::settings))
                        .set(Job::tags)
                        .to(List.of("a"))
                        .promise());
        var settings = record(Settings.class)
                .set(Settings::rounds)
                .to(wf.input(Given::rounds))
                .set(Settings::rate)
                .to(0.1)
                .set(Settings::name)
                .to(Optional.of("x"))
                .promise();
        var second = wf.call(RUN)
                .set(Run::job)
                .to(record(Job.class)
                        .set(Job::settings)
                        .to(settings)
                        .set(Job::tags)
                        .to(List.of())
                        .promise());
        wf.call(RUN).set(Run::job).to(new Job(new Settings(3, 0.5, Optional.empty()), List.of("b")));
        wf.output(Results::result)
                .to(first.get(Result::result))
                .output(Results::built)
                .to(second.get(Result::result));
    });

    @Doc("Somebody.")
    record Person(@Doc("Full name.") String name, long age) {}

    record Greeted(
            @Doc("Who is greeted.") Person person,
            @Doc("How often.") @Default("1") long times) {}

    record Who(@Doc("Who it is.") Person person) {}

    static final Task<Greeted, String> GREET = Task.of("documented.greet", Greeted.class, String.class, in -> "")
            .documented("Greet somebody.", "Politely, and as often as asked for.")
            .deprecated("Use salute.")
            .label("team", "web");
    static final Workflow<Who, String> DOCUMENTED = Workflow.of(
                    "documented.main",
                    Who.class,
                    String.class,
                    wf -> wf.result(wf.call(GREET)
                            .set(Greeted::person)
                            .to(wf.input(Who::person))
                            .result()))
            .documented("Greet once.", "")
            .deprecated("No longer polite.")
            .label("b", "2")
            .label("a", "1");

    /** What each scenario consists of. */
    static Map<String, List<Callee<?, ?>>> all() {
        Map<String, List<Callee<?, ?>>> all = new TreeMap<>();
        all.put("overrides", List.of(OVERRIDES));
        all.put("retries", List.of(RETRIES));
        all.put("caching", List.of(CACHING));
        all.put("resources", List.of(RESOURCES));
        all.put("timeouts", List.of(TIMEOUTS));
        all.put("failure_handler", List.of(HANDLED, HANDLED_TOO));
        all.put("launch_plan", List.of(LAUNCHED));
        all.put("records", List.of(RECORDS));
        all.put("documented", List.of(DOCUMENTED));
        return all;
    }
}
