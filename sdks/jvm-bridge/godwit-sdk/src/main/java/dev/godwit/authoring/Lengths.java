package dev.godwit.authoring;

import com.google.protobuf.Duration;

/** Lengths of time as messages. */
final class Lengths {
    private Lengths() {}

    static Duration message(java.time.Duration length) {
        if (length.isNegative() || length.isZero()) {
            throw new DeclarationException(
                    "INVALID_SETTING",
                    "Expected a length of time above zero, got " + length + ".",
                    "Leave it out for none.");
        }
        return Duration.newBuilder()
                .setSeconds(length.getSeconds())
                .setNanos(length.getNano())
                .build();
    }
}
