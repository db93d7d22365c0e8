package dev.godwit.authoring;

import dev.godwit.idl.core.v1.ApproveNode;
import dev.godwit.idl.core.v1.Node;
import java.time.Duration;

/** A node that waits for a person's yes. A no fails it. Others wait for it by {@code after}. */
public final class Approval extends Step<Approval> {
    private final ApproveNode.Builder settings = ApproveNode.newBuilder();

    Approval(Block block, String prompt) {
        super(block);
        settings.setPrompt(prompt);
    }

    @Override
    Approval self() {
        return this;
    }

    /**
     * Limits the wait.
     *
     * @param longest after which it fails
     * @return this
     */
    public Approval timeout(Duration longest) {
        settings.setTimeout(Lengths.message(longest));
        return this;
    }

    @Override
    void fill(Node.Builder node) {
        node.setApprove(settings);
    }
}
