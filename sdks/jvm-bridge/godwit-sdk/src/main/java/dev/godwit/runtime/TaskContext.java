package dev.godwit.runtime;

import dev.godwit.errors.GodwitException;
import java.nio.file.Path;
import java.util.Optional;

/** What a running task can know about itself: {@code TaskContext.current()}. */
public interface TaskContext {
    /**
     * The context of the task that runs here: on the thread that called it, or on one that this thread has made.
     *
     * @return the context
     * @throws GodwitException {@code NOT_IN_TASK}: none does
     */
    static TaskContext current() {
        return find().orElseThrow(() -> new GodwitException(
                "NOT_IN_TASK",
                "No task is running here.",
                "Run it in a workflow, or take what is needed as an input."));
    }

    /**
     * The context of the task that runs here.
     *
     * @return the context; empty where none does
     */
    static Optional<TaskContext> find() {
        return Optional.ofNullable(CurrentContext.get());
    }

    /**
     * Id of the attempt, unique for ever: the idempotency key for the outside world.
     *
     * @return the id
     */
    String attemptId();

    /**
     * Number of the try.
     *
     * @return from 1
     */
    int attempt();

    /**
     * The execution that it belongs to.
     *
     * @return text form of its id; empty where there is none
     */
    String execution();

    /**
     * The node that it belongs to.
     *
     * @return text form of its path; empty where there is none
     */
    String nodePath();

    /**
     * A folder that the next attempt of the same node finds again, when this one fails; it holds what the attempt before
     * this one left.
     *
     * @return the folder, which exists
     * @throws GodwitException {@code NOT_IN_TASK}: none is kept here
     */
    Path checkpoint();

    /**
     * Where the task may write a page of HTML for people, which is kept with the attempt, also of one that fails.
     *
     * @return a path of a file that does not exist
     */
    Path report();

    /**
     * Tells people where the work can be looked at meanwhile. A later link of the same name replaces it.
     *
     * @param name what it is: {@code Dashboard}
     * @param url where it is
     * @throws GodwitException {@code INVALID_INPUT}: one of them is empty
     */
    void link(String name, String url);

    /**
     * A secret that the task declared.
     *
     * @param name its name
     * @return its value
     * @throws GodwitException {@code SECRET_NOT_FOUND}: it is not declared, or nobody has it
     */
    String secret(String name);

    /**
     * A variable of the environment: of the attempt, of the task, or of the process. The environment of a process of Java
     * cannot be changed, so {@link System#getenv} knows the last of these only.
     *
     * @param name its name
     * @return its value; empty where it is not set
     */
    Optional<String> environment(String name);
}
