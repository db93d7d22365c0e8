package dev.godwit.runner;

import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.Blame;

/** What keeps an attempt from being run, or its result from being taken; another attempt would end in the same way. */
final class RunnerException extends GodwitException {
    private static final long serialVersionUID = 1L;

    private final Blame blame;

    private RunnerException(String code, Blame blame, String message, String hint, Throwable cause) {
        super(code, message, hint, cause);
        this.blame = blame;
    }

    /**
     * A task cannot be loaded.
     *
     * @param message what was expected, and what came
     * @param hint what to do
     * @param cause what was raised below; may be null
     * @return the error
     */
    static RunnerException load(String message, String hint, Throwable cause) {
        return new RunnerException("TASK_LOAD_FAILED", Blame.BLAME_USER, message, hint, cause);
    }

    /**
     * An input is not of the task's type.
     *
     * @param message what was expected, and what came
     * @param cause what was raised below
     * @return the error
     */
    static RunnerException input(String message, Throwable cause) {
        String hint = "Build and register it again: its source has changed.";
        return new RunnerException("INPUT_TYPE_MISMATCH", Blame.BLAME_REQUEST, message, hint, cause);
    }

    /**
     * An output is not of the task's type.
     *
     * @param message what was expected, and what came
     * @param cause what was raised below
     * @return the error
     */
    static RunnerException output(String message, Throwable cause) {
        return new RunnerException("OUTPUT_TYPE_MISMATCH", Blame.BLAME_USER, message, "", cause);
    }

    /**
     * Whose fault it is.
     *
     * @return author's, or who made the request
     */
    Blame blame() {
        return blame;
    }
}
