package dev.godwit.errors;

/** A Java type has no type in the contract: {@code UNSUPPORTED_TYPE}. */
public final class UnsupportedTypeException extends GodwitException {
    private static final long serialVersionUID = 1L;

    private final String what;

    /**
     * Makes one.
     *
     * @param what what is wrong, as the rest of a sentence: {@code java.lang.Thread has no type in the contract}
     * @param hint what to take in its place
     */
    public UnsupportedTypeException(String what, String hint) {
        this("", what, hint, null);
    }

    private UnsupportedTypeException(String place, String what, String hint, Throwable cause) {
        super("UNSUPPORTED_TYPE", place + what + ".", hint, cause);
        this.what = what;
    }

    /**
     * The same, said of a component of a record.
     *
     * @param record name of the record's class
     * @param component name of the component
     * @param type the component's type as its author wrote it
     * @return the error with its place
     */
    public UnsupportedTypeException within(String record, String component, String type) {
        String place = "Component " + component + " of " + record + ", a " + type + ": ";
        return new UnsupportedTypeException(place, what, hint(), this);
    }
}
