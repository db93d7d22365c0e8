package dev.godwit.authoring;

import dev.godwit.interfaces.Outputs;
import dev.godwit.types.JavaType;
import java.util.List;
import java.util.Optional;

/**
 * A call for each item of one or more lists, some of which may fail. Each output is a list, in the order of the items;
 * that of a failed item is none.
 *
 * @param <I> record of the inputs
 * @param <O> record of the outputs, or the type of the one output
 */
public final class TolerantMapCall<I, O> extends AnyMap<TolerantMapCall<I, O>, I, O> {
    TolerantMapCall(Block block, Callee<I, O> callee) {
        super(block, callee);
    }

    @Override
    TolerantMapCall<I, O> self() {
        return this;
    }

    /**
     * An output of all items.
     *
     * @param output its accessor
     * @param <V> its type
     * @return a promise of the list
     */
    public <V> Promise<List<Optional<V>>> get(Getter<O, V> output) {
        Components.Component found = found(output);
        return listed(found.field().name(), optional(found.type()));
    }

    /**
     * The one output of all items.
     *
     * @return a promise of the list
     * @throws DeclarationException {@code NO_OUTPUT}: there are several, or none
     */
    public Promise<List<Optional<O>>> results() {
        checkUnnamed(this);
        return listed(Outputs.UNNAMED, optional(callee.signature().output()));
    }

    private static JavaType optional(JavaType type) {
        return type.raw() == Optional.class ? type : new JavaType(Optional.class, List.of(type), List.of());
    }

    static void checkUnnamed(AnyMap<?, ?, ?> map) {
        Signature<?, ?> signature = map.callee.signature();
        if (signature.namedOutputs().isPresent() || signature.declared().getOutputsCount() != 1) {
            throw new DeclarationException(
                    "NO_OUTPUT",
                    map.callee.name() + " gives no single value, but " + signature.output() + ".",
                    "Take a list of each of its outputs by get.");
        }
    }
}
