package dev.godwit.runtime;

import dev.godwit.types.JavaType;

/**
 * A task as its runner needs it. A spec names one by two arguments: the binary name of a class, and the name of a static
 * field, or of a static method without parameters, that holds or gives it.
 */
public interface RunnableTask {
    /**
     * The record of its inputs: one component for each.
     *
     * @return a record of any JVM language; {@code void.class} of a task without inputs
     */
    JavaType inputRecord();

    /**
     * The record of its outputs: one component for each.
     *
     * @return a record of any JVM language; {@code void.class} of a task without outputs
     */
    JavaType outputRecord();

    /**
     * Does the work.
     *
     * @param inputs an instance of the record of inputs; null of a task without inputs
     * @return an instance of the record of outputs; null of a task without outputs
     * @throws Exception what the author's code raises
     */
    Object run(Object inputs) throws Exception;
}
