package dev.godwit.authoring;

import dev.godwit.types.JavaType;

/**
 * A block whose outputs are set one by one.
 *
 * @param <O> record of the outputs
 */
public sealed class OutputBlock<O> extends Block permits WorkflowBuilder {
    private final Signature<?, O> signature;
    private final Bindings outputs;

    OutputBlock(Trace trace, Frame frame, Signature<?, O> signature) {
        super(trace, frame);
        this.signature = signature;
        this.outputs = new Bindings("The outputs of " + frame.what());
    }

    /**
     * Sets an output.
     *
     * @param output its accessor: {@code GreetOut::greeting}
     * @param <V> its type
     * @return what takes the value
     */
    public final <V> Slot<OutputBlock<O>, V> output(Getter<O, V> output) {
        Components.Component found = NodeOutputs.find(signature, output, frame().what());
        return new Slot<>(this, found, (name, value) -> outputs.set(name, value, frame()));
    }

    /**
     * Sets the one output of a block that has no record of them.
     *
     * @param value what it gives
     * @throws DeclarationException {@code NO_OUTPUT}: there is a record of outputs
     */
    public final void result(Promise<? extends O> value) {
        if (signature.namedOutputs().isPresent()) {
            throw new DeclarationException(
                    "NO_OUTPUT",
                    "The outputs of " + frame().what() + " are components of " + signature.output() + ".",
                    "Set each by output.");
        }
        outputs.set(dev.godwit.interfaces.Outputs.UNNAMED, value, frame());
    }

    dev.godwit.idl.core.v1.Block message() {
        if (signature.namedOutputs().isPresent()) {
            Components components = signature.namedOutputs().get();
            outputs.checkAllSet(components);
            return message(outputs.inOrder(components));
        }
        return message(outputs.single(signature.declared().getOutputsCount() == 1));
    }

    static <O> Signature<Empty, O> outputsOnly(JavaType outputs) {
        return new Signature<>(Empty.class, outputs);
    }
}
