package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Node;
import dev.godwit.idl.core.v1.SignalNode;
import dev.godwit.types.JavaType;
import java.time.Duration;

/**
 * A node that waits for a value.
 *
 * @param <T> type of the value
 */
public final class Signal<T> extends Step<Signal<T>> {
    private final SignalNode.Builder settings = SignalNode.newBuilder();
    private final JavaType type;

    Signal(Block block, String name, JavaType type) {
        super(block);
        this.type = type;
        settings.setName(name).setType(Components.CODECS.of(type).type());
    }

    @Override
    Signal<T> self() {
        return this;
    }

    /**
     * Says what is asked.
     *
     * @param prompt for people
     * @return this
     */
    public Signal<T> prompt(String prompt) {
        settings.setPrompt(prompt);
        return this;
    }

    /**
     * Limits the wait.
     *
     * @param longest after which it fails
     * @return this
     */
    public Signal<T> timeout(Duration longest) {
        settings.setTimeout(Lengths.message(longest));
        return this;
    }

    /**
     * The value that comes.
     *
     * @return a promise of it
     */
    public Promise<T> value() {
        return output("value", type);
    }

    @Override
    void fill(Node.Builder node) {
        node.setSignal(settings);
    }
}
