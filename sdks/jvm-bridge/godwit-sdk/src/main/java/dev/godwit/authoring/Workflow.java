package dev.godwit.authoring;

import dev.godwit.idl.core.v1.CallTarget;
import dev.godwit.idl.core.v1.EntityId;
import dev.godwit.idl.core.v1.FailurePolicy;
import dev.godwit.idl.core.v1.Label;
import dev.godwit.idl.core.v1.WorkflowSpec;
import dev.godwit.types.JavaType;
import dev.godwit.types.TypeRef;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * A workflow: a typed graph of calls, declared by a body that is run once, when the spec is made:
 *
 * <pre>{@code
 * static final Workflow<In, Out> GREETING = Workflow.of("dev.example.greeting", In.class, Out.class, wf -> {
 *     var g = wf.call(GREET).set(GreetIn::name).to(wf.input(In::name));
 *     wf.output(Out::greeting).to(g.get(GreetOut::greeting));
 * });
 * }</pre>
 *
 * @param <I> record of the inputs; {@link Empty} where there are none
 * @param <O> record of the outputs; any other type for one output {@code result}; {@link Empty} where there are none
 */
public final class Workflow<I, O> implements Entity, Callee<I, O> {
    private final String name;
    private final Signature<I, O> signature;
    private final Consumer<WorkflowBuilder<I, O>> body;
    private final Place place;
    private final WorkflowSpec settings;
    private final Handling<I> handling;
    private Traced traced;

    /** The spec, and what it calls. */
    private record Traced(WorkflowSpec spec, List<Callee<?, ?>> callees) {}

    @FunctionalInterface
    private interface Handling<I> {
        dev.godwit.idl.core.v1.FailureHandler handler(Frame inputs, Signature<I, ?> signature, Trace trace);
    }

    private Workflow(
            String name,
            Signature<I, O> signature,
            Consumer<WorkflowBuilder<I, O>> body,
            Place place,
            WorkflowSpec settings,
            Handling<I> handling) {
        this.name = name;
        this.signature = signature;
        this.body = body;
        this.place = place;
        this.settings = settings;
        this.handling = handling;
    }

    /**
     * A workflow whose outputs have a class.
     *
     * @param name dotted, unique in a project
     * @param inputs record of its inputs
     * @param outputs record of its outputs, or the class of its one output
     * @param body declares its nodes
     * @param <I> record of its inputs
     * @param <O> class of its outputs
     * @return the workflow
     * @throws DeclarationException {@code INVALID_NAME}: the name is none
     */
    public static <I, O> Workflow<I, O> of(
            String name, Class<I> inputs, Class<O> outputs, Consumer<WorkflowBuilder<I, O>> body) {
        return made(name, new Signature<>(inputs, JavaType.of(outputs)), body);
    }

    /**
     * A workflow whose one output is of a type with parameters.
     *
     * @param name dotted, unique in a project
     * @param inputs record of its inputs
     * @param output type of its one output
     * @param body declares its nodes
     * @param <I> record of its inputs
     * @param <O> type of its output
     * @return the workflow
     * @throws DeclarationException {@code INVALID_NAME}: the name is none
     */
    public static <I, O> Workflow<I, O> of(
            String name, Class<I> inputs, TypeRef<O> output, Consumer<WorkflowBuilder<I, O>> body) {
        return made(name, new Signature<>(inputs, output.type()), body);
    }

    private static <I, O> Workflow<I, O> made(
            String name, Signature<I, O> signature, Consumer<WorkflowBuilder<I, O>> body) {
        WorkflowSpec settings = WorkflowSpec.newBuilder()
                .setFailurePolicy(FailurePolicy.FAILURE_POLICY_FAIL_FAST)
                .build();
        return new Workflow<>(Names.checked(name), signature, body, Place.ofCaller(), settings, null);
    }

    private Workflow<I, O> with(Consumer<WorkflowSpec.Builder> change) {
        WorkflowSpec.Builder changed = settings.toBuilder();
        change.accept(changed);
        return new Workflow<>(name, signature, body, place, changed.build(), handling);
    }

    /**
     * Lets every node still run that does not depend on one that has failed.
     *
     * @return the workflow with this policy
     */
    public Workflow<I, O> runWhatCanRun() {
        return with(spec -> spec.setFailurePolicy(FailurePolicy.FAILURE_POLICY_RUN_WHAT_CAN_RUN));
    }

    /**
     * Calls something once when the workflow has failed.
     *
     * @param callee what is called
     * @param handler sets its inputs
     * @param <H> record of its inputs
     * @return the workflow with the handler
     */
    public <H> Workflow<I, O> onFailure(Callee<H, ?> callee, Consumer<FailureHandler<I, H>> handler) {
        return new Workflow<>(name, signature, body, place, settings, (inputs, own, trace) -> {
            trace.calls(callee);
            FailureHandler<I, H> made = new FailureHandler<>(inputs, own, callee);
            handler.accept(made);
            return made.message();
        });
    }

    /**
     * Says what it is for.
     *
     * @param summary one line
     * @param description the rest; may be empty
     * @return the workflow with it
     */
    public Workflow<I, O> documented(String summary, String description) {
        return with(spec -> spec.setSummary(summary).setDescription(description));
    }

    /**
     * Says that it should no longer be used.
     *
     * @param why why, and what to use
     * @return the workflow with it
     */
    public Workflow<I, O> deprecated(String why) {
        return with(spec -> spec.setDeprecated(why));
    }

    /**
     * Gives it a label.
     *
     * @param key its key
     * @param value its value; may be empty
     * @return the workflow with it
     */
    public Workflow<I, O> label(String key, String value) {
        return with(spec -> spec.addLabels(Label.newBuilder().setKey(key).setValue(value)));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Signature<I, O> signature() {
        return signature;
    }

    @Override
    public CallTarget target() {
        return CallTarget.newBuilder()
                .setWorkflow(EntityId.newBuilder().setName(name))
                .build();
    }

    /**
     * The spec. The body is run when it is first asked for.
     *
     * @return its message
     * @throws DeclarationException the body is wrong
     */
    public WorkflowSpec spec() {
        return traced().spec();
    }

    /**
     * What it calls, and what handles its failure.
     *
     * @return each once, in the order of calls
     * @throws DeclarationException the body is wrong
     */
    public List<Callee<?, ?>> callees() {
        return traced().callees();
    }

    private synchronized Traced traced() {
        if (traced == null) {
            traced = trace();
        }
        return traced;
    }

    private Traced trace() {
        Trace trace = new Trace();
        Frame inputs = new Frame("the inputs of " + name, null);
        WorkflowBuilder<I, O> builder = new WorkflowBuilder<>(trace, new Frame(name, inputs), signature);
        WorkflowSpec.Builder spec = settings.toBuilder();
        try {
            body.accept(builder);
            spec.setBody(builder.message());
            if (handling != null) {
                spec.setOnFailure(handling.handler(inputs, signature, trace));
            }
        } catch (DeclarationException error) {
            throw new DeclarationException(
                    error.code(), "Workflow " + name + ": " + error.getMessage(), error.hint(), error);
        }
        spec.setId(EntityId.newBuilder().setName(name))
                .setInterface(signature.declared())
                .setSource(place.message())
                .clearLabels();
        settings.getLabelsList().stream()
                .sorted(Comparator.comparing(Label::getKey))
                .forEach(spec::addLabels);
        List<Callee<?, ?>> callees = new ArrayList<>();
        trace.callees().forEach(callees::add);
        return new Traced(spec.build(), callees);
    }
}
