package dev.godwit.runner;

import dev.godwit.idl.core.v1.TaskSpec;
import java.util.HashMap;
import java.util.Map;

/** The tasks that a runner was told of; each is loaded at its first use. */
final class Session {
    private final TaskLoader loader = new TaskLoader();
    private final Map<Long, Prepared> prepared = new HashMap<>();
    private final Map<Long, LoadedTask> loaded = new HashMap<>();

    /** A task that nothing of is loaded yet. */
    private record Prepared(TaskSpec spec, String sourceRoot) {}

    /**
     * Takes note of a task.
     *
     * @param number what it is referred to by
     * @param spec its spec
     * @param sourceRoot where its classes are
     */
    void prepare(long number, TaskSpec spec, String sourceRoot) {
        prepared.put(number, new Prepared(spec, sourceRoot));
        loaded.remove(number);
    }

    /**
     * The task of a number.
     *
     * @param number from {@link #prepare}
     * @return the task
     * @throws RunnerException it cannot be loaded, or was never prepared
     */
    LoadedTask task(long number) {
        LoadedTask known = loaded.get(number);
        if (known != null) {
            return known;
        }
        Prepared task = prepared.get(number);
        if (task == null) {
            throw RunnerException.load("Task number " + number + " was never prepared.", "", null);
        }
        LoadedTask made = loader.load(task.spec(), task.sourceRoot());
        loaded.put(number, made);
        return made;
    }
}
