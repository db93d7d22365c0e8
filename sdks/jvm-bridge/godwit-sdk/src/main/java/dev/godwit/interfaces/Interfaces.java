package dev.godwit.interfaces;

import dev.godwit.idl.core.v1.Interface;

/** The interface of inputs and outputs. */
public final class Interfaces {
    private Interfaces() {}

    /**
     * An interface.
     *
     * @param inputs what it takes
     * @param outputs what it gives
     * @return the message of the contract
     */
    public static Interface of(Inputs<?> inputs, Outputs<?> outputs) {
        return Interface.newBuilder()
                .addAllInputs(inputs.declared())
                .addAllOutputs(outputs.declared())
                .build();
    }
}
