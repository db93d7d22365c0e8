package dev.godwit.errors;

/** A value is not of the type it is meant for: {@code VALUE_MISMATCH}. */
public final class ValueMismatchException extends GodwitException {
    private static final long serialVersionUID = 1L;

    private final String path;
    private final String expected;
    private final String came;

    /**
     * Makes one about the whole value.
     *
     * @param expected what was expected
     * @param came what came
     */
    public ValueMismatchException(String expected, String came) {
        this("", expected, came, "");
    }

    /**
     * Makes one with its place.
     *
     * @param path place: {@code layers[2].rate}; empty for the whole
     * @param expected what was expected
     * @param came what came
     * @param hint what to do; empty where nothing more can be said
     */
    public ValueMismatchException(String path, String expected, String came, String hint) {
        super("VALUE_MISMATCH", message(path, expected, came), hint);
        this.path = path;
        this.expected = expected;
        this.came = came;
    }

    private static String message(String path, String expected, String came) {
        return (path.isEmpty() ? "" : path + ": ") + "expected " + expected + ", but " + came + " came";
    }

    /**
     * Where in the value: {@code layers[2].rate}; empty for the whole.
     *
     * @return the place
     */
    public String path() {
        return path;
    }

    /**
     * What was expected.
     *
     * @return what was expected
     */
    public String expected() {
        return expected;
    }

    /**
     * What came.
     *
     * @return what came
     */
    public String came() {
        return came;
    }

    /**
     * The same, seen from what holds the value.
     *
     * @param outer place of the value in it: {@code .rate}, {@code [2]}
     * @return the error with the longer path
     */
    public ValueMismatchException within(String outer) {
        String joined = outer + (path.isEmpty() || path.startsWith("[") || path.startsWith("<") ? path : "." + path);
        String place = joined.startsWith(".") ? joined.substring(1) : joined;
        ValueMismatchException longer = new ValueMismatchException(place, expected, came, hint());
        longer.setStackTrace(getStackTrace());
        return longer;
    }
}
