package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Expression;
import java.util.List;

/**
 * The body of a workflow under construction.
 *
 * @param <I> record of the inputs
 * @param <O> record of the outputs, or the type of the one output
 */
public final class WorkflowBuilder<I, O> extends OutputBlock<O> {
    private final Signature<I, O> signature;

    WorkflowBuilder(Trace trace, Frame frame, Signature<I, O> signature) {
        super(trace, frame, signature);
        this.signature = signature;
    }

    /**
     * An input of the workflow.
     *
     * @param input its accessor: {@code In::name}
     * @param <V> its type
     * @return a promise of it
     */
    public <V> Promise<V> input(Getter<I, V> input) {
        return input(signature, input, frame().parent());
    }

    static <I, V> Promise<V> input(Signature<I, ?> signature, Getter<I, V> input, Frame inputs) {
        Components.Component found = signature.components().find(input);
        Expression expression =
                Expression.newBuilder().setWorkflowInput(found.field().name()).build();
        return new Promise<>(expression, found.type(), List.of(inputs));
    }
}
