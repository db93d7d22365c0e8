package dev.godwit.authoring;

import dev.godwit.idl.core.v1.CallTarget;

/**
 * What a workflow can call: a task, a workflow, a launch plan, or a reference to one that is declared elsewhere.
 *
 * @param <I> record of its inputs
 * @param <O> record of its outputs, or the type of its one output {@code result}
 */
public sealed interface Callee<I, O> permits Task, Workflow, LaunchPlan, Reference {
    /**
     * Its name.
     *
     * @return dotted
     */
    String name();

    /**
     * What it takes and gives.
     *
     * @return its signature
     * @throws dev.godwit.errors.UnsupportedTypeException a part of it has no type in the contract
     */
    Signature<I, O> signature();

    /**
     * What nodes call.
     *
     * @return kind and name
     */
    CallTarget target();
}
