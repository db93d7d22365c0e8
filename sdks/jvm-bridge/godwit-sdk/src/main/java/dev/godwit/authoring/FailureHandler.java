package dev.godwit.authoring;

import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.idl.core.v1.Expression;
import dev.godwit.idl.core.v1.HandledError;
import dev.godwit.types.JavaType;
import java.util.List;

/**
 * What is called once when a workflow has failed. Its inputs are set from the workflow's inputs and the error.
 *
 * @param <I> record of the workflow's inputs
 * @param <H> record of the inputs of what is called
 */
public final class FailureHandler<I, H> {
    private final Frame inputs;
    private final Frame frame;
    private final Signature<I, ?> workflow;
    private final Callee<H, ?> callee;
    private final Bindings bindings;
    private boolean onAbort;

    FailureHandler(Frame inputs, Signature<I, ?> workflow, Callee<H, ?> callee) {
        this.inputs = inputs;
        this.frame = new Frame("the failure handler", inputs);
        this.workflow = workflow;
        this.callee = callee;
        this.bindings = new Bindings("The failure handler " + callee.name());
    }

    /**
     * Sets an input of what is called.
     *
     * @param input its accessor
     * @param <V> its type
     * @return what takes the value
     */
    public <V> Slot<FailureHandler<I, H>, V> set(Getter<H, V> input) {
        return new Slot<>(
                this, callee.signature().components().find(input), (name, value) -> bindings.set(name, value, frame));
    }

    /**
     * An input of the workflow.
     *
     * @param input its accessor
     * @param <V> its type
     * @return a promise of it
     */
    public <V> Promise<V> input(Getter<I, V> input) {
        return WorkflowBuilder.input(workflow, input, inputs);
    }

    /**
     * The error that is handled.
     *
     * @return a promise of it
     */
    public Promise<ExecutionError> error() {
        Expression handled = Expression.newBuilder()
                .setHandledError(HandledError.getDefaultInstance())
                .build();
        return new Promise<>(handled, JavaType.of(ExecutionError.class), List.of(frame));
    }

    /**
     * Has it called on abort, too, and when the workflow is cancelled because of a failure around it.
     *
     * @return this
     */
    public FailureHandler<I, H> onAbortToo() {
        onAbort = true;
        return this;
    }

    dev.godwit.idl.core.v1.FailureHandler message() {
        Components components = callee.signature().components();
        bindings.checkComplete(components, Call.boundElsewhere(callee));
        return dev.godwit.idl.core.v1.FailureHandler.newBuilder()
                .setTarget(callee.target())
                .addAllInputs(bindings.inOrder(components))
                .setRunOnAbort(onAbort)
                .build();
    }
}
