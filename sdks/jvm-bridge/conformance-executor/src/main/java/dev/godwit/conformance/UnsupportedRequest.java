package dev.godwit.conformance;

/** The SDK does not do what is asked. */
final class UnsupportedRequest extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsupportedRequest(String what) {
        super("The SDK of the JVM does not have " + what + ".");
    }
}
