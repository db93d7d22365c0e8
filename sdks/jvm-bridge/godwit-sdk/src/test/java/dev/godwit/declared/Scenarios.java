package dev.godwit.declared;

import static dev.godwit.authoring.Expressions.allOf;
import static dev.godwit.authoring.Expressions.anyOf;
import static dev.godwit.authoring.Expressions.asFloat;
import static dev.godwit.authoring.Expressions.coalesce;
import static dev.godwit.authoring.Expressions.dropNone;
import static dev.godwit.authoring.Expressions.entry;
import static dev.godwit.authoring.Expressions.isIn;
import static dev.godwit.authoring.Expressions.item;
import static dev.godwit.authoring.Expressions.list;
import static dev.godwit.authoring.Expressions.map;
import static dev.godwit.authoring.Expressions.not;
import static dev.godwit.authoring.Expressions.record;
import static dev.godwit.authoring.Expressions.value;

import dev.godwit.authoring.Callee;
import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Promise;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.AsTuple;
import dev.godwit.types.Default;
import dev.godwit.types.TypeRef;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Scenarios of the conformance suite about what stands in workflows, as this SDK declares them. */
final class Scenarios {
    private static final TypeRef<List<Long>> NUMBERS = new TypeRef<>() {};

    private Scenarios() {}

    record N(long n) {}

    record Rows(long rows) {}

    record Fit(double score, long rounds) {}

    static final Task<Rows, Double> MEASURE = Task.of("branch.measure", Rows.class, Double.class, in -> 0.0);
    static final Task<Fit, String> FIT = Task.of("branch.fit", Fit.class, String.class, in -> "");

    static final Workflow<Rows, String> BRANCH = Workflow.of("branch.main", Rows.class, String.class, wf -> {
        Promise<Double> score =
                wf.call(MEASURE).set(Rows::rows).to(wf.input(Rows::rows)).result();
        wf.result(wf.choose(
                        score.greaterThan(0.5),
                        then -> then.call(FIT)
                                .set(Fit::score)
                                .to(score)
                                .set(Fit::rounds)
                                .to(10L)
                                .result())
                .otherwise(other -> other.call(FIT)
                        .set(Fit::score)
                        .to(score)
                        .set(Fit::rounds)
                        .to(100L)
                        .result())
                .result());
    });

    record Deep(long n, boolean deep) {}

    static final Task<N, Long> STEP = Task.of("branch_nested.step", N.class, Long.class, in -> in.n());
    static final Workflow<Deep, Long> BRANCH_NESTED = Workflow.of("branch_nested.main", Deep.class, Long.class, wf -> {
        Promise<Long> first = wf.call(STEP).set(N::n).to(wf.input(Deep::n)).result();
        wf.result(wf.choose(wf.input(Deep::deep), then -> {
                    Promise<Long> second = then.call(STEP).set(N::n).to(first).result();
                    return then.choose(
                                    second.atLeast(first),
                                    deeper -> deeper.call(STEP)
                                            .set(N::n)
                                            .to(second)
                                            .result())
                            .otherwise(deeper -> first)
                            .result();
                })
                .otherwise(other -> value(0))
                .result());
    });

    record Loud(boolean loud) {}

    record Text(String text) {}

    static final Task<Text, Empty> NOTE = Task.of("branch_silent.note", Text.class, Empty.class, in -> new Empty());
    static final Workflow<Loud, Empty> BRANCH_SILENT =
            Workflow.of("branch_silent.main", Loud.class, Empty.class, wf -> {
                var branch = wf.when(
                        wf.input(Loud::loud),
                        then -> then.call(NOTE).set(Text::text).to("loud"));
                wf.call(NOTE).set(Text::text).to("done").after(branch);
            });

    record Region(String name, Optional<Double> weight) {}

    record Total(Region region, String label, double weight) {}

    record Regions(List<Region> regions, double usual) {}

    static final Task<Total, Double> TOTAL = Task.of("map_item.total", Total.class, Double.class, in -> 0.0);
    static final Workflow<Regions, List<Double>> MAP_ITEM =
            Workflow.of("map_item.main", Regions.class, new TypeRef<List<Double>>() {}, wf -> {
                var map = wf.map(TOTAL).over(Total::region).to(wf.input(Regions::regions));
                var region = map.item(Total::region);
                map.set(Total::label)
                        .to(region.get(Region::name))
                        .set(Total::weight)
                        .to(coalesce(region.get(Region::weight), wf.input(Regions::usual)));
                wf.result(map.results());
            });

    record Numbers(List<Long> numbers) {}

    record Tolerant(long result, List<Optional<Long>> all) {}

    static final Task<N, Long> CHECK = Task.of("map_tolerant.check", N.class, Long.class, in -> in.n());
    static final Task<Numbers, Long> SUM = Task.of("map_tolerant.total", Numbers.class, Long.class, in -> 0L);
    static final Workflow<Numbers, Tolerant> MAP_TOLERANT =
            Workflow.of("map_tolerant.main", Numbers.class, Tolerant.class, wf -> {
                var share = wf.mapTolerating(CHECK, 0.5)
                        .over(N::n)
                        .to(wf.input(Numbers::numbers))
                        .concurrency(4);
                var two = wf.mapTolerating(CHECK, 2).over(N::n).to(wf.input(Numbers::numbers));
                var total = wf.call(SUM).set(Numbers::numbers).to(dropNone(share.results()));
                wf.output(Tolerant::result)
                        .to(total.result())
                        .output(Tolerant::all)
                        .to(two.results());
            });

    record Pause(Duration pause) {}

    record Rate(double rate) {}

    static final Task<Rate, Empty> PUBLISH = Task.of("gates.publish", Rate.class, Empty.class, in -> new Empty());
    static final Workflow<Pause, Empty> GATES = Workflow.of("gates.main", Pause.class, Empty.class, wf -> {
        var rate = wf.waitFor("rate", Double.class).prompt("Which rate?").timeout(Duration.ofDays(2));
        var boss = wf.approve("Publish it?").named("boss").after(rate);
        var first = wf.sleep(Duration.ofSeconds(30)).after(boss);
        var second = wf.sleep(wf.input(Pause::pause));
        wf.call(PUBLISH).set(Rate::rate).to(rate.value()).after(first, second);
    });

    record Pair(long left, List<Long> right) {}

    record Take(List<Long> numbers, Map<String, Long> by_name, Pair pair) {}

    static final Task<N, Long> GIVE = Task.of("building.give", N.class, Long.class, in -> in.n());
    static final Task<Take, Empty> TAKE = Task.of("building.take", Take.class, Empty.class, in -> new Empty());
    static final Workflow<N, List<Long>> BUILDING = Workflow.of("building.main", N.class, NUMBERS, wf -> {
        Promise<Long> n = wf.input(N::n);
        Promise<Long> given = wf.call(GIVE).set(N::n).to(n).result();
        Map<String, Promise<Long>> entries = new LinkedHashMap<>();
        entries.put("b", given);
        entries.put("a", value(2));
        wf.call(TAKE)
                .set(Take::numbers)
                .to(list(given, value(5), n))
                .set(Take::by_name)
                .to(map(entries))
                .set(Take::pair)
                .to(record(Pair.class)
                        .set(Pair::left)
                        .to(n)
                        .set(Pair::right)
                        .to(list(given))
                        .promise());
        wf.result(list(given, n));
    });

    record Model(List<Double> weights, Map<String, Double> scores) {}

    @AsTuple
    record Two(long number, String text) {}

    record Trained(Model model, Two pair) {}

    record Use(double first, double last, double score, String name) {}

    record Weights(List<Double> weights) {}

    static final Task<Empty, Trained> TRAIN = Task.of("access.train", Empty.class, Trained.class, in -> null);
    static final Task<Use, Empty> USE = Task.of("access.use", Use.class, Empty.class, in -> new Empty());
    static final Workflow<Empty, Weights> ACCESS = Workflow.of("access.main", Empty.class, Weights.class, wf -> {
        var trained = wf.call(TRAIN);
        var model = trained.get(Trained::model);
        wf.call(USE)
                .set(Use::first)
                .to(item(model.get(Model::weights), 0))
                .set(Use::last)
                .to(item(model.get(Model::weights), -1))
                .set(Use::score)
                .to(entry(model.get(Model::scores), "best"))
                .set(Use::name)
                .to(trained.get(Trained::pair).get(Two::text));
        wf.output(Weights::weights).to(model.get(Model::weights));
    });

    record Name(Optional<String> name) {}

    record NameOrNone(@Default(none = true) Optional<String> name) {}

    record Counted(long count, boolean known) {}

    static final Task<Name, Optional<Long>> FIND =
            Task.of("optional.find", Name.class, new TypeRef<Optional<Long>>() {}, in -> Optional.empty());
    static final Task<Counted, Empty> COUNT = Task.of("optional.use", Counted.class, Empty.class, in -> new Empty());
    static final Workflow<NameOrNone, Long> OPTIONAL =
            Workflow.of("optional.main", NameOrNone.class, Long.class, wf -> {
                Promise<Optional<String>> name = wf.input(NameOrNone::name);
                var found = wf.call(FIND).set(Name::name).to(name);
                var none = wf.call(FIND).set(Name::name).to(Optional.empty());
                wf.call(COUNT)
                        .set(Counted::count)
                        .to(coalesce(none.result(), 7L))
                        .set(Counted::known)
                        .to(not(name.isNone()));
                wf.result(coalesce(found.result(), 0L));
            });

    record Asked(long x, double y, Optional<String> name, List<String> names) {}

    record Answers(boolean a, boolean b, boolean c, boolean d, boolean e, boolean f, boolean g, boolean h) {}

    static final Task<Answers, Empty> ANSWER =
            Task.of("conditions.take", Answers.class, Empty.class, in -> new Empty());
    static final Workflow<Asked, Empty> CONDITIONS = Workflow.of("conditions.main", Asked.class, Empty.class, wf -> {
        Promise<Long> x = wf.input(Asked::x);
        Promise<Double> y = wf.input(Asked::y);
        wf.call(ANSWER)
                .set(Answers::a)
                .to(x.equalTo(1L))
                .set(Answers::b)
                .to(x.notEqualTo(1L))
                .set(Answers::c)
                .to(asFloat(x).lessThan(y))
                .set(Answers::d)
                .to(allOf(x.atMost(2L), y.greaterThan(0.5)))
                .set(Answers::e)
                .to(anyOf(x.atLeast(2L), y.lessThan(0.5)))
                .set(Answers::f)
                .to(not(wf.input(Asked::name).isNone()))
                .set(Answers::g)
                .to(isIn(value("a"), wf.input(Asked::names)))
                .set(Answers::h)
                .to(isIn(x, value(NUMBERS, List.of(1L, 2L, 3L))));
    });

    /** What each scenario consists of. */
    static Map<String, Callee<?, ?>> graphs() {
        Map<String, Callee<?, ?>> all = new LinkedHashMap<>();
        all.put("branch", BRANCH);
        all.put("branch_nested", BRANCH_NESTED);
        all.put("branch_silent", BRANCH_SILENT);
        all.put("map_item", MAP_ITEM);
        all.put("map_tolerant", MAP_TOLERANT);
        all.put("gates", GATES);
        all.put("building", BUILDING);
        all.put("access", ACCESS);
        all.put("optional", OPTIONAL);
        all.put("conditions", CONDITIONS);
        return all;
    }
}
