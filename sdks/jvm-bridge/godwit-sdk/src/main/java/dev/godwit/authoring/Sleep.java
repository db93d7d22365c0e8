package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Expression;
import dev.godwit.idl.core.v1.Node;
import dev.godwit.idl.core.v1.SleepNode;

/** A node that waits for some time. Others wait for it by {@code after}. */
public final class Sleep extends Step<Sleep> {
    private final Expression duration;

    Sleep(Block block, Promise<?> duration) {
        super(block);
        block.frame().check(duration.frames());
        this.duration = duration.expression();
    }

    @Override
    Sleep self() {
        return this;
    }

    @Override
    void fill(Node.Builder node) {
        node.setSleep(SleepNode.newBuilder().setDuration(duration));
    }
}
