package dev.godwit.testing;

import dev.godwit.errors.GodwitException;

/** An expression has no value: an index is out of range, a key is missing. */
final class EvaluationException extends GodwitException {
    private static final long serialVersionUID = 1L;

    EvaluationException(String code, String message) {
        super(code, message, "");
    }
}
