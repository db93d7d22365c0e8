package dev.godwit.authoring;

/**
 * What a task does.
 *
 * @param <I> its inputs
 * @param <O> its outputs
 */
@FunctionalInterface
public interface TaskFunction<I, O> {
    /**
     * Does the work.
     *
     * @param inputs what it is given
     * @return what it gives
     * @throws Exception it failed; another attempt follows where the task has retries, but after a
     *     {@link dev.godwit.errors.NonRecoverableException}
     */
    O run(I inputs) throws Exception;
}
