package dev.godwit.json;

import dev.godwit.errors.GodwitException;

/** A text is not JSON, or not JSON that every reader reads alike: {@code NOT_JSON}. */
public final class JsonTextException extends GodwitException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message what is wrong
     */
    public JsonTextException(String message) {
        super("NOT_JSON", message, "Write JSON of RFC 8259, each name once, no NaN and no infinities.");
    }
}
