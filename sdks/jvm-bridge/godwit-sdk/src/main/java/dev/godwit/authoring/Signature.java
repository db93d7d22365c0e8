package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Interface;
import dev.godwit.interfaces.Inputs;
import dev.godwit.interfaces.Interfaces;
import dev.godwit.interfaces.Outputs;
import dev.godwit.types.JavaType;
import dev.godwit.values.RecordCodec;
import java.util.Optional;

/**
 * What something takes and gives, read from classes when it is first asked for.
 *
 * @param <I> record of the inputs
 * @param <O> record of the outputs, or the type of the one output {@code result}
 */
public final class Signature<I, O> {
    private final Class<I> input;
    private final JavaType output;
    private Read<I> read;

    private record Read<I>(Inputs<I> inputs, Outputs<?> outputs, Components components, Optional<Components> named) {}

    Signature(Class<I> input, JavaType output) {
        this.input = input;
        this.output = output;
    }

    /**
     * Class of the inputs.
     *
     * @return a record
     */
    public Class<I> input() {
        return input;
    }

    /**
     * Type of the outputs.
     *
     * @return a record, or the type of the one output {@code result}
     */
    public JavaType output() {
        return output;
    }

    private synchronized Read<I> read() {
        if (read == null) {
            Inputs<I> inputs = Inputs.of(Components.CODECS, input);
            Outputs<?> outputs = Outputs.of(Components.CODECS, output);
            boolean none = output.raw() == void.class || output.raw() == Void.class;
            boolean named = !none
                    && Components.CODECS.of(output) instanceof RecordCodec<?> record
                    && record.fields().size() == outputs.declared().size()
                    && !record.shape().type().raw().isAnnotationPresent(dev.godwit.types.AsTuple.class);
            read = new Read<>(
                    inputs,
                    outputs,
                    Components.of(JavaType.of(input)),
                    named ? Optional.of(Components.of(output)) : Optional.empty());
        }
        return read;
    }

    /**
     * The interface in the contract.
     *
     * @return inputs and outputs in order
     */
    public Interface declared() {
        return Interfaces.of(read().inputs(), read().outputs());
    }

    /**
     * The translation of the inputs.
     *
     * @return inputs
     */
    public Inputs<I> inputs() {
        return read().inputs();
    }

    /**
     * The translation of the outputs.
     *
     * @return outputs
     */
    public Outputs<?> outputs() {
        return read().outputs();
    }

    Components components() {
        return read().components();
    }

    /** The components of a record of outputs; empty of one output {@code result}, and of none. */
    Optional<Components> namedOutputs() {
        return read().named();
    }
}
