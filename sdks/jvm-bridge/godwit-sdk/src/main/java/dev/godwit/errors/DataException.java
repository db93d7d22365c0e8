package dev.godwit.errors;

/** Data beside a value cannot be read or stored. */
public final class DataException extends GodwitException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param code {@code BLOB_MISSING}, {@code BLOB_STORE}, {@code DATA_CORRUPT} or {@code DATA_UNAVAILABLE}
     * @param message what was expected, and what came
     * @param hint what to do
     * @param cause what was raised below; may be null
     */
    public DataException(String code, String message, String hint, Throwable cause) {
        super(code, message, hint, cause);
    }
}
