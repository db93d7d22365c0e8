package dev.godwit.authoring;

import dev.godwit.interfaces.Outputs;
import java.util.List;

/**
 * A call for each item of one or more lists; all must succeed. Each output is a list, in the order of the items.
 *
 * @param <I> record of the inputs
 * @param <O> record of the outputs, or the type of the one output
 */
public final class MapCall<I, O> extends AnyMap<MapCall<I, O>, I, O> {
    MapCall(Block block, Callee<I, O> callee) {
        super(block, callee);
    }

    @Override
    MapCall<I, O> self() {
        return this;
    }

    /**
     * An output of all items.
     *
     * @param output its accessor
     * @param <V> its type
     * @return a promise of the list
     */
    public <V> Promise<List<V>> get(Getter<O, V> output) {
        Components.Component found = found(output);
        return listed(found.field().name(), found.type());
    }

    /**
     * The one output of all items.
     *
     * @return a promise of the list
     * @throws DeclarationException {@code NO_OUTPUT}: there are several, or none
     */
    public Promise<List<O>> results() {
        TolerantMapCall.checkUnnamed(this);
        return listed(Outputs.UNNAMED, callee.signature().output());
    }
}
