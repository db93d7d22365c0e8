package dev.godwit.castability;

import dev.godwit.errors.GodwitException;

/** A value does not cast to the type that is wanted, never or not this value: {@code NOT_CASTABLE}. */
public final class CastException extends GodwitException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message what was expected, and what came
     */
    public CastException(String message) {
        super("NOT_CASTABLE", message, "Take the type that the value has, or convert it in a task.");
    }
}
