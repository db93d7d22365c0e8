package dev.godwit.authoring;

/**
 * A getter that says its component by name.
 *
 * @param name name of the component
 * @param <R> the record
 * @param <V> type of the component
 */
record NamedGetter<R, V>(String name) implements Getter<R, V> {
    @Override
    public V of(R record) {
        throw new UnsupportedOperationException("a getter only names a component");
    }
}
