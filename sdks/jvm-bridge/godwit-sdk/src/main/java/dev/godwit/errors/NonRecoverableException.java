package dev.godwit.errors;

/** Raised by a task whose next attempt would fail in the same way: it is not tried again. */
public class NonRecoverableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message what happened
     */
    public NonRecoverableException(String message) {
        super(message);
    }

    /**
     * Makes one with its cause.
     *
     * @param message what happened
     * @param cause what was raised below
     */
    public NonRecoverableException(String message, Throwable cause) {
        super(message, cause);
    }
}
