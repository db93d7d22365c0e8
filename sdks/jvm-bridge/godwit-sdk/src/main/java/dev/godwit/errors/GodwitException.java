package dev.godwit.errors;

/**
 * Something that the caller can mend: a message says what was expected and what came, a hint says what to do.
 */
public class GodwitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final String hint;

    /**
     * Makes one.
     *
     * @param code stable code in upper snake case
     * @param message what was expected, and what came
     * @param hint what to do; empty where nothing more can be said
     */
    public GodwitException(String code, String message, String hint) {
        this(code, message, hint, null);
    }

    /**
     * Makes one with its cause.
     *
     * @param code stable code in upper snake case
     * @param message what was expected, and what came
     * @param hint what to do; empty where nothing more can be said
     * @param cause what was raised below; may be null
     */
    public GodwitException(String code, String message, String hint, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.hint = hint;
    }

    /**
     * The code, in upper snake case.
     *
     * @return the code
     */
    public final String code() {
        return code;
    }

    /**
     * What to do; empty where nothing more can be said.
     *
     * @return the hint
     */
    public final String hint() {
        return hint;
    }
}
