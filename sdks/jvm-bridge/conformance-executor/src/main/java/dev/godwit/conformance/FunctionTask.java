package dev.godwit.conformance;

import dev.godwit.runtime.RunnableTask;
import dev.godwit.types.JavaType;

/**
 * A task of the runtime level.
 *
 * @param <I> record of its inputs
 */
final class FunctionTask<I> implements RunnableTask {
    /** What a task does. */
    @FunctionalInterface
    interface Work<I> {
        Object run(I inputs) throws Exception;
    }

    private final Class<I> inputs;
    private final Class<?> outputs;
    private final Work<I> work;

    FunctionTask(Class<I> inputs, Class<?> outputs, Work<I> work) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.work = work;
    }

    @Override
    public Class<?> inputRecord() {
        return inputs;
    }

    @Override
    public JavaType outputType() {
        return JavaType.of(outputs);
    }

    @Override
    public Object run(Object given) throws Exception {
        return work.run(inputs.cast(given));
    }
}
