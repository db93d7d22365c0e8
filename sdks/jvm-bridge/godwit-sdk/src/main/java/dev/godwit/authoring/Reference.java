package dev.godwit.authoring;

import dev.godwit.idl.core.v1.CallTarget;
import dev.godwit.idl.core.v1.EntityId;
import dev.godwit.idl.core.v1.EntityReference;
import dev.godwit.types.JavaType;
import dev.godwit.types.TypeRef;

/**
 * What is declared elsewhere, such as in another language: its name, and what the caller takes it to take and to give.
 * Whether it does is checked when the workflow is compiled together with what declares it.
 *
 * @param <I> record of its inputs
 * @param <O> record of its outputs, or the type of its one output {@code result}
 */
public final class Reference<I, O> implements Callee<I, O> {
    private final String name;
    private final Signature<I, O> signature;
    private final CallTarget target;

    private Reference(String name, Signature<I, O> signature, CallTarget target) {
        this.name = name;
        this.signature = signature;
        this.target = target;
    }

    private static EntityId id(String name) {
        return EntityId.newBuilder().setName(Names.checked(name)).build();
    }

    /**
     * A task that is declared elsewhere.
     *
     * @param name its name: {@code pipelines.features.normalize}
     * @param inputs record of its inputs
     * @param outputs record of its outputs, or the class of its one output
     * @param <I> record of its inputs
     * @param <O> class of its outputs
     * @return the reference
     */
    public static <I, O> Reference<I, O> task(String name, Class<I> inputs, Class<O> outputs) {
        CallTarget target = CallTarget.newBuilder().setTask(id(name)).build();
        return new Reference<>(name, new Signature<>(inputs, JavaType.of(outputs)), target);
    }

    /**
     * A task that is declared elsewhere, whose output has a type with parameters.
     *
     * @param name its name
     * @param inputs record of its inputs
     * @param output type of its one output
     * @param <I> record of its inputs
     * @param <O> type of its output
     * @return the reference
     */
    public static <I, O> Reference<I, O> task(String name, Class<I> inputs, TypeRef<O> output) {
        CallTarget target = CallTarget.newBuilder().setTask(id(name)).build();
        return new Reference<>(name, new Signature<>(inputs, output.type()), target);
    }

    /**
     * A workflow that is declared elsewhere.
     *
     * @param name its name
     * @param inputs record of its inputs
     * @param outputs record of its outputs, or the class of its one output
     * @param <I> record of its inputs
     * @param <O> class of its outputs
     * @return the reference
     */
    public static <I, O> Reference<I, O> workflow(String name, Class<I> inputs, Class<O> outputs) {
        CallTarget target = CallTarget.newBuilder().setWorkflow(id(name)).build();
        return new Reference<>(name, new Signature<>(inputs, JavaType.of(outputs)), target);
    }

    /**
     * A launch plan that is declared elsewhere.
     *
     * @param name its name
     * @param inputs record of its workflow's inputs
     * @param outputs record of its outputs, or the class of its one output
     * @param <I> record of its inputs
     * @param <O> class of its outputs
     * @return the reference
     */
    public static <I, O> Reference<I, O> launchPlan(String name, Class<I> inputs, Class<O> outputs) {
        CallTarget target = CallTarget.newBuilder().setLaunchPlan(id(name)).build();
        return new Reference<>(name, new Signature<>(inputs, JavaType.of(outputs)), target);
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
        return target;
    }

    EntityReference message() {
        return EntityReference.newBuilder()
                .setTarget(target)
                .setInterface(signature.declared())
                .build();
    }
}
