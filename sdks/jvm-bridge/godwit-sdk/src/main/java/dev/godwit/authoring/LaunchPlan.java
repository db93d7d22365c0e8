package dev.godwit.authoring;

import dev.godwit.idl.core.v1.CallTarget;
import dev.godwit.idl.core.v1.EntityId;
import dev.godwit.idl.core.v1.Label;
import dev.godwit.idl.core.v1.LaunchPlanSpec;
import dev.godwit.idl.core.v1.NamedLiteral;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * A workflow with bound inputs: {@code LaunchPlan.of("dev.example.nightly", TRAINING).fix(In::rate).to(0.1)}.
 *
 * @param <I> record of the workflow's inputs
 * @param <O> record of its outputs, or the type of its one output
 */
public final class LaunchPlan<I, O> implements Entity, Callee<I, O> {
    private final String name;
    private final Workflow<I, O> workflow;
    private final LaunchPlanSpec settings;

    private LaunchPlan(String name, Workflow<I, O> workflow, LaunchPlanSpec settings) {
        this.name = name;
        this.workflow = workflow;
        this.settings = settings;
    }

    /**
     * A launch plan that binds nothing yet.
     *
     * @param name dotted, unique in a project
     * @param workflow the workflow
     * @param <I> record of the workflow's inputs
     * @param <O> its outputs
     * @return the launch plan
     * @throws DeclarationException {@code INVALID_NAME}: the name is none
     */
    public static <I, O> LaunchPlan<I, O> of(String name, Workflow<I, O> workflow) {
        return new LaunchPlan<>(Names.checked(name), workflow, LaunchPlanSpec.getDefaultInstance());
    }

    /**
     * Replaces the default of an input; whoever launches may still set it.
     *
     * @param input its accessor
     * @param <V> its type
     * @return what takes the value
     */
    public <V> Constant<LaunchPlan<I, O>, V> defaulting(Getter<I, V> input) {
        return constant(input, LaunchPlanSpec.Builder::addDefaultInputs);
    }

    /**
     * Fixes an input: whoever launches cannot set it.
     *
     * @param input its accessor
     * @param <V> its type
     * @return what takes the value
     */
    public <V> Constant<LaunchPlan<I, O>, V> fixing(Getter<I, V> input) {
        return constant(input, LaunchPlanSpec.Builder::addFixedInputs);
    }

    private <V> Constant<LaunchPlan<I, O>, V> constant(
            Getter<I, V> input, BiConsumer<LaunchPlanSpec.Builder, NamedLiteral> add) {
        Components.Component component = signature().components().find(input);
        return new Constant<>(component.field(), value -> {
            LaunchPlanSpec.Builder changed = settings.toBuilder();
            add.accept(changed, value);
            return new LaunchPlan<>(name, workflow, changed.build());
        });
    }

    /**
     * Says what it is for.
     *
     * @param description what
     * @return the launch plan with it
     */
    public LaunchPlan<I, O> documented(String description) {
        return new LaunchPlan<>(
                name, workflow, settings.toBuilder().setDescription(description).build());
    }

    /**
     * Gives its executions a label.
     *
     * @param key its key
     * @param value its value; may be empty
     * @return the launch plan with it
     */
    public LaunchPlan<I, O> label(String key, String value) {
        Label label = Label.newBuilder().setKey(key).setValue(value).build();
        return new LaunchPlan<>(
                name, workflow, settings.toBuilder().addLabels(label).build());
    }

    @Override
    public String name() {
        return name;
    }

    /**
     * The workflow.
     *
     * @return what it launches
     */
    public Workflow<I, O> workflow() {
        return workflow;
    }

    @Override
    public Signature<I, O> signature() {
        return workflow.signature();
    }

    @Override
    public CallTarget target() {
        return CallTarget.newBuilder()
                .setLaunchPlan(EntityId.newBuilder().setName(name))
                .build();
    }

    /** Names of inputs that have a value. */
    Set<String> bound() {
        Set<String> bound = new HashSet<>();
        settings.getDefaultInputsList().forEach(one -> bound.add(one.getName()));
        settings.getFixedInputsList().forEach(one -> bound.add(one.getName()));
        return bound;
    }

    /**
     * The spec.
     *
     * @return its message
     */
    public LaunchPlanSpec spec() {
        LaunchPlanSpec.Builder spec = settings.toBuilder()
                .setId(EntityId.newBuilder().setName(name))
                .setWorkflow(EntityId.newBuilder().setName(workflow.name()))
                .clearLabels()
                .clearDefaultInputs()
                .clearFixedInputs();
        List<String> order = signature().components().all().stream()
                .map(one -> one.field().name())
                .toList();
        Comparator<NamedLiteral> declared = Comparator.comparingInt(one -> order.indexOf(one.getName()));
        settings.getDefaultInputsList().stream().sorted(declared).forEach(spec::addDefaultInputs);
        settings.getFixedInputsList().stream().sorted(declared).forEach(spec::addFixedInputs);
        settings.getLabelsList().stream()
                .sorted(Comparator.comparing(Label::getKey))
                .forEach(spec::addLabels);
        return spec.build();
    }
}
