package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Bundle;
import dev.godwit.idl.core.v1.EntityReference;
import dev.godwit.idl.core.v1.LaunchPlanSpec;
import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.idl.core.v1.WorkflowSpec;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Specs that belong together: what classes declare, and what that calls. The same classes give the same bytes. */
public final class Bundles {
    private final DeclaredEntities declared;
    private final Map<String, TaskSpec> tasks = new TreeMap<>();
    private final Map<String, Workflow<?, ?>> seen = new TreeMap<>();
    private final Map<String, WorkflowSpec> workflows = new TreeMap<>();
    private final Map<String, LaunchPlanSpec> launchPlans = new TreeMap<>();
    private final Map<String, EntityReference> references = new TreeMap<>();

    private Bundles(DeclaredEntities declared) {
        this.declared = declared;
    }

    /**
     * The bundle of what classes declare.
     *
     * @param declared what they hold
     * @return its message
     * @throws DeclarationException something is declared wrongly
     * @throws dev.godwit.errors.GodwitException a type has none in the contract
     */
    public static Bundle of(DeclaredEntities declared) {
        Bundles made = new Bundles(declared);
        declared.all().forEach(held -> made.add((Callee<?, ?>) held.entity()));
        return made.bundle();
    }

    /**
     * The bundle of a few, and of what they call.
     *
     * @param entities tasks, workflows, launch plans
     * @return its message
     * @throws DeclarationException something is declared wrongly
     */
    public static Bundle of(Callee<?, ?>... entities) {
        Bundles made = new Bundles(DeclaredEntities.of());
        Arrays.asList(entities).forEach(made::add);
        return made.bundle();
    }

    private Bundle bundle() {
        return Bundle.newBuilder()
                .addAllTasks(tasks.values())
                .addAllWorkflows(workflows.values())
                .addAllLaunchPlans(launchPlans.values())
                .addAllReferences(references.values())
                .build();
    }

    private void add(Callee<?, ?> callee) {
        if (callee instanceof Task<?, ?> task) {
            addTask(task);
        } else if (callee instanceof Workflow<?, ?> workflow) {
            addWorkflow(workflow);
        } else if (callee instanceof LaunchPlan<?, ?> plan) {
            LaunchPlanSpec spec = plan.spec();
            LaunchPlanSpec before = launchPlans.putIfAbsent(plan.name(), spec);
            checkSame(plan.name(), before == null || before.equals(spec));
            addWorkflow(plan.workflow());
        } else if (callee instanceof Reference<?, ?> reference) {
            String kind = String.valueOf(reference.target().getKindCase().getNumber());
            EntityReference message = reference.message();
            EntityReference before = references.putIfAbsent(kind + " " + reference.name(), message);
            checkSame(reference.name(), before == null || before.equals(message));
        }
    }

    private void addTask(Task<?, ?> task) {
        DeclaredEntities.Held held = declared.holderOf(task);
        checkSame(task.name(), ((Task<?, ?>) held.entity()).place().equals(task.place()));
        if (!tasks.containsKey(task.name())) {
            tasks.put(task.name(), ((Task<?, ?>) held.entity()).spec(held.owner(), held.member()));
        }
    }

    private void addWorkflow(Workflow<?, ?> workflow) {
        Workflow<?, ?> before = seen.putIfAbsent(workflow.name(), workflow);
        if (before == null) {
            workflows.put(workflow.name(), workflow.spec());
            workflow.callees().forEach(this::add);
        } else if (before != workflow) {
            checkSame(workflow.name(), before.spec().equals(workflow.spec()));
        }
    }

    private static void checkSame(String name, boolean same) {
        if (!same) {
            throw new DeclarationException(
                    "DUPLICATE_NAME", "Two different ones are called " + name + ".", "Rename one of them.");
        }
    }
}
