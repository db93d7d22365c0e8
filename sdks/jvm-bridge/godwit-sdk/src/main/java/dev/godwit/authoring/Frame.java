package dev.godwit.authoring;

import java.util.List;

/**
 * A place that promises are known in: the inputs of a workflow, its body, a block of a branch, a map, a failure handler.
 *
 * @param what how people call it
 * @param parent what is known here, too; null of the inputs
 */
record Frame(String what, Frame parent) {
    /** Refuses promises of other places. */
    void check(List<Frame> needed) {
        for (Frame one : needed) {
            if (!isWithin(one)) {
                throw new DeclarationException(
                        "PROMISE_OUT_OF_SCOPE",
                        "A promise of " + one.what + " is not known in " + what + ".",
                        "Use results of a case inside of it, or give them out of it.");
            }
        }
    }

    private boolean isWithin(Frame wanted) {
        for (Frame at = this; at != null; at = at.parent) {
            if (at == wanted) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
