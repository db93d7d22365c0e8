package dev.godwit.digest;

import dev.godwit.errors.GodwitException;

/** There is no digest, because what was given breaks the contract: {@code NO_DIGEST}. */
public final class DigestException extends GodwitException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes one.
     *
     * @param message what is wrong
     */
    public DigestException(String message) {
        super("NO_DIGEST", message, "");
    }
}
