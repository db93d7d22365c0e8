package dev.godwit.testing;

import dev.godwit.errors.GodwitException;

/** A node failed. Its cause is what the task raised. */
public final class NodeFailedException extends GodwitException {
    private static final long serialVersionUID = 1L;

    private final String node;

    /**
     * Makes one.
     *
     * @param code as the engine has it: {@code USER_EXCEPTION}, {@code NO_CASE}, {@code REJECTED}, …
     * @param node path of the node: {@code n1/n0}
     * @param message what happened
     * @param cause what was raised; may be null
     */
    NodeFailedException(String code, String node, String message, Throwable cause) {
        super(code, node + ": " + message, "", cause);
        this.node = node;
    }

    /**
     * Path of the node that failed.
     *
     * @return ids from the outside in: {@code n1/n0}
     */
    public String node() {
        return node;
    }
}
