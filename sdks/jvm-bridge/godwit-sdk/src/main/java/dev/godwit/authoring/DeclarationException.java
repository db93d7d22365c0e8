package dev.godwit.authoring;

import dev.godwit.errors.GodwitException;

/** Something is declared wrongly; the code says what: see the page on authoring errors. */
public final class DeclarationException extends GodwitException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param code stable code in upper snake case
     * @param message what was expected, and what came
     * @param hint what to do
     */
    public DeclarationException(String code, String message, String hint) {
        super(code, message, hint);
    }

    /**
     * Makes one with its cause.
     *
     * @param code stable code in upper snake case
     * @param message what was expected, and what came
     * @param hint what to do
     * @param cause what was raised below
     */
    public DeclarationException(String code, String message, String hint, Throwable cause) {
        super(code, message, hint, cause);
    }
}
