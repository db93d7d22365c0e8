package dev.godwit.authoring;

/** What a static field declares: a task, a workflow, a launch plan. */
public sealed interface Entity permits Task, Workflow, LaunchPlan {
    /**
     * Its name, dotted, unique among those of its kind.
     *
     * @return the name
     */
    String name();
}
