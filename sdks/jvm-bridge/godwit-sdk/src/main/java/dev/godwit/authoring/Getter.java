package dev.godwit.authoring;

import java.io.Serializable;

/**
 * Names a component of a record, typed: {@code GreetOut::greeting}. It is never called: what counts is which component it
 * is, which a reference to its accessor says of itself. A lambda says nothing, and is refused.
 *
 * @param <R> the record
 * @param <V> type of the component
 */
@FunctionalInterface
public interface Getter<R, V> extends Serializable {
    /**
     * The component of a record.
     *
     * @param record the record
     * @return its component
     */
    V of(R record);

    /**
     * A getter by name, for adapters of languages whose references say nothing of themselves, and that see to the type.
     *
     * @param name name of the component
     * @param <R> the record
     * @param <V> type of the component
     * @return the getter
     */
    static <R, V> Getter<R, V> named(String name) {
        return new NamedGetter<>(name);
    }
}
