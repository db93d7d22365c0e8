package dev.godwit.runtime;

import dev.godwit.types.JavaType;

/**
 * A task as its runner needs it. A spec names one by two arguments: the binary name of a class, and the name of a static
 * field, or of a static method without parameters, that holds or gives it.
 */
public interface RunnableTask {
    /**
     * The class of its inputs.
     *
     * @return a record of any JVM language, one component for each input; without components of a task without inputs
     */
    Class<?> inputRecord();

    /**
     * The type of its outputs.
     *
     * @return a record, one component for each output; any other type of the contract for the one output
     *     {@code result}; {@code void} of a task without outputs
     */
    JavaType outputType();

    /**
     * Does the work.
     *
     * @param inputs an instance of the record of inputs
     * @return the outputs; null of a task without any
     * @throws Exception what the author's code raises
     */
    Object run(Object inputs) throws Exception;
}
