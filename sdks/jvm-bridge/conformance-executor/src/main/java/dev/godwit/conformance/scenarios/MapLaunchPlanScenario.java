package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.LaunchPlan;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.types.TypeRef;
import java.util.List;

/** A launch plan for each item. */
final class MapLaunchPlanScenario {
    record Added(long n, long by) {}

    record Given(List<Long> numbers) {}

    static final Task<Added, Long> STEP =
            Task.of("map_launch_plan.step", Added.class, Long.class, given -> given.n() + given.by());
    static final Workflow<Added, Long> ADD = Workflow.of(
            "map_launch_plan.add",
            Added.class,
            Long.class,
            flow -> flow.result(flow.call(STEP)
                    .set(Added::n)
                    .to(flow.input(Added::n))
                    .set(Added::by)
                    .to(flow.input(Added::by))
                    .result()));
    static final LaunchPlan<Added, Long> BY_TEN =
            LaunchPlan.of("map_launch_plan.by_ten", ADD).fixing(Added::by).to(10L);
    static final Workflow<Given, List<Long>> MAIN = Workflow.of(
            "map_launch_plan.main",
            Given.class,
            new TypeRef<List<Long>>() {},
            flow -> flow.result(flow.map(BY_TEN)
                    .over(Added::n)
                    .to(flow.input(Given::numbers))
                    .concurrency(2)
                    .results()));

    private MapLaunchPlanScenario() {}
}
