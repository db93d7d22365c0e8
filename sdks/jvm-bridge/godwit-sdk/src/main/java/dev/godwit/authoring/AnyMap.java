package dev.godwit.authoring;

import dev.godwit.idl.core.v1.Expression;
import dev.godwit.idl.core.v1.MapNode;
import dev.godwit.idl.core.v1.Node;
import dev.godwit.types.JavaType;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A call for each item of one or more lists.
 *
 * @param <S> its own class
 * @param <I> record of the inputs
 * @param <O> record of the outputs, or the type of the one output
 */
public abstract sealed class AnyMap<S extends AnyMap<S, I, O>, I, O> extends Step<S> permits MapCall, TolerantMapCall {
    final Callee<I, O> callee;
    final Bindings over;
    final Bindings bound;
    final Frame items;
    private final MapNode.Builder settings = MapNode.newBuilder();

    AnyMap(Block block, Callee<I, O> callee) {
        super(block);
        this.callee = callee;
        String what = "Node " + id() + ", a map over " + callee.name();
        this.over = new Bindings(what);
        this.bound = new Bindings(what);
        this.items = new Frame("the items of " + id(), block.frame());
    }

    MapNode.Builder settings() {
        return settings;
    }

    /**
     * Sets an input to the items of a list, one for each call. Several such lists go in step.
     *
     * @param input its accessor
     * @param <V> its type
     * @return what takes the list
     */
    public <V> Slot<S, List<V>> over(Getter<I, V> input) {
        Components.Component found = callee.signature().components().find(input);
        JavaType list = new JavaType(List.class, List.of(found.type()), List.of());
        dev.godwit.values.Field field = new dev.godwit.values.Field(
                found.field().name(), Components.CODECS.of(list), java.util.Optional.empty(), "");
        Components.Component listed = new Components.Component(found.index(), field, list);
        return new Slot<>(self(), listed, (name, value) -> over.set(name, value, block().frame()));
    }

    /**
     * Sets an input that is the same for each item, or made of the item at hand.
     *
     * @param input its accessor
     * @param <V> its type
     * @return what takes the value
     */
    public <V> Slot<S, V> set(Getter<I, V> input) {
        return new Slot<>(
                self(), callee.signature().components().find(input), (name, value) -> bound.set(name, value, items));
    }

    /**
     * The item at hand of an input that is mapped, for other inputs of this map.
     *
     * @param input its accessor
     * @param <V> its type
     * @return a promise that is known in this map alone
     */
    public <V> Promise<V> item(Getter<I, V> input) {
        Components.Component found = callee.signature().components().find(input);
        Expression item =
                Expression.newBuilder().setMapItem(found.field().name()).build();
        return new Promise<>(item, found.type(), List.of(items));
    }

    /**
     * Limits how many items are under way at a time.
     *
     * @param most one at least
     * @return this
     */
    public S concurrency(int most) {
        settings.setConcurrency(most);
        return self();
    }

    /**
     * Changes settings of the task for this map.
     *
     * @param changes what differs
     * @return this
     */
    public S with(Overrides changes) {
        if (changes.message().equals(dev.godwit.idl.core.v1.Overrides.getDefaultInstance())) {
            settings.clearOverrides();
        } else {
            settings.setOverrides(changes.message());
        }
        return self();
    }

    <T> Promise<T> listed(String output, JavaType item) {
        return output(output, new JavaType(List.class, List.of(item), List.of()));
    }

    Components.Component found(Getter<O, ?> output) {
        return NodeOutputs.find(callee.signature(), output, callee.name());
    }

    @Override
    void fill(Node.Builder node) {
        Components inputs = callee.signature().components();
        Set<String> elsewhere = new HashSet<>(over.names());
        elsewhere.addAll(Call.boundElsewhere(callee));
        bound.checkComplete(inputs, elsewhere);
        if (over.names().isEmpty()) {
            throw new DeclarationException(
                    "NOT_SET", "Node " + id() + " maps over nothing.", "Set an input to a list by over.");
        }
        node.setMap(settings.clone()
                .setTarget(callee.target())
                .addAllOver(over.inOrder(inputs))
                .addAllInputs(bound.inOrder(inputs)));
    }
}
