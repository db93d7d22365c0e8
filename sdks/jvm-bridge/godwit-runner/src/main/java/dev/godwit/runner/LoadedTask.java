package dev.godwit.runner;

import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.interfaces.Inputs;
import dev.godwit.interfaces.Outputs;
import dev.godwit.runtime.RunnableTask;

/**
 * A task that is ready to be called.
 *
 * @param spec as it was registered
 * @param task what does the work
 * @param inputs translates its inputs
 * @param outputs translates its outputs
 * @param classes loader of its classes
 */
record LoadedTask(TaskSpec spec, RunnableTask task, Inputs<?> inputs, Outputs<?> outputs, ClassLoader classes) {}
