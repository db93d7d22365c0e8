package dev.godwit.authoring;

import dev.godwit.idl.core.v1.AccessStep;
import dev.godwit.idl.core.v1.Expression;
import dev.godwit.idl.core.v1.ExpressionList;
import dev.godwit.idl.core.v1.ExpressionMap;
import dev.godwit.idl.core.v1.ExpressionMapEntry;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Membership;
import dev.godwit.types.JavaType;
import dev.godwit.types.TypeRef;
import dev.godwit.values.Codec;
import dev.godwit.values.Data;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values that a workflow makes of others without a task; for static import. */
public final class Expressions {
    private static final JavaType BOOLEAN = JavaType.of(boolean.class);

    private Expressions() {}

    /**
     * A constant.
     *
     * @param type its class
     * @param value the value
     * @param <T> its class
     * @return a promise of it
     */
    public static <T> Promise<T> value(Class<T> type, T value) {
        return value(JavaType.of(type), value);
    }

    /**
     * A constant of a type with parameters: {@code value(new TypeRef<List<Long>>() {}, List.of(1L))}.
     *
     * @param type its type
     * @param value the value
     * @param <T> its type
     * @return a promise of it
     */
    public static <T> Promise<T> value(TypeRef<T> type, T value) {
        return value(type.type(), value);
    }

    private static <T> Promise<T> value(JavaType type, Object value) {
        Codec<?> codec = Components.CODECS.of(type);
        return literal(codec.writeAny(value, Data.none()), type);
    }

    private static <T> Promise<T> literal(Literal literal, JavaType type) {
        return new Promise<>(Expression.newBuilder().setLiteral(literal).build(), type, List.of());
    }

    /**
     * A constant text.
     *
     * @param value the value
     * @return a promise of it
     */
    public static Promise<String> value(String value) {
        return value(String.class, value);
    }

    /**
     * A constant integer.
     *
     * @param value the value
     * @return a promise of it
     */
    public static Promise<Long> value(long value) {
        return value(Long.class, value);
    }

    /**
     * A constant float.
     *
     * @param value the value
     * @return a promise of it
     */
    public static Promise<Double> value(double value) {
        return value(Double.class, value);
    }

    /**
     * A constant truth value.
     *
     * @param value the value
     * @return a promise of it
     */
    public static Promise<Boolean> value(boolean value) {
        return value(Boolean.class, value);
    }

    /**
     * An integer as a float, as the engine converts it.
     *
     * @param integer the integer
     * @return a promise of the float
     */
    public static Promise<Double> asFloat(Promise<Long> integer) {
        return integer.as(JavaType.of(double.class));
    }

    /**
     * The same value seen as of another Java type, for adapters of languages whose collections are classes of their own:
     * both types must stand for the same type of the contract.
     *
     * @param promise the value
     * @param type what it is seen as
     * @param <T> what it is seen as
     * @return a promise of it
     */
    public static <T> Promise<T> seenAs(Promise<?> promise, JavaType type) {
        return promise.as(type);
    }

    /**
     * A list of promises.
     *
     * @param items one at least
     * @param <T> type of each
     * @return a promise of the list
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // they are only read
    public static <T> Promise<List<T>> list(Promise<? extends T>... items) {
        if (items.length == 0) {
            throw new DeclarationException(
                    "EMPTY_LIST", "A list of no promises has no type.", "Give an empty list as a constant.");
        }
        JavaType type = new JavaType(List.class, List.of(items[0].type()), List.of());
        return new Promise<>(
                Expression.newBuilder().setList(all(Arrays.asList(items))).build(), type, frames(Arrays.asList(items)));
    }

    /**
     * A map of promises by text.
     *
     * @param entries in order; one at least
     * @param <V> type of each value
     * @return a promise of the map
     */
    public static <V> Promise<Map<String, V>> map(Map<String, ? extends Promise<? extends V>> entries) {
        if (entries.isEmpty()) {
            throw new DeclarationException(
                    "EMPTY_LIST", "A map of no promises has no type.", "Give an empty map as a constant.");
        }
        ExpressionMap.Builder map = ExpressionMap.newBuilder();
        List<Frame> frames = new ArrayList<>();
        JavaType[] item = new JavaType[1];
        entries.forEach((key, value) -> {
            map.addEntries(ExpressionMapEntry.newBuilder()
                    .setKey(Literal.newBuilder().setStringValue(key))
                    .setValue(value.expression()));
            frames.addAll(value.frames());
            item[0] = item[0] == null ? value.type() : item[0];
        });
        JavaType type = new JavaType(Map.class, List.of(JavaType.of(String.class), item[0]), List.of());
        return new Promise<>(Expression.newBuilder().setMap(map).build(), type, frames);
    }

    /**
     * A record under construction: {@code record(Point.class).set(Point::x).to(x).promise()}.
     *
     * @param type its class
     * @param <R> its class
     * @return its components, to be set
     */
    public static <R> RecordExpression<R> record(Class<R> type) {
        return new RecordExpression<>(JavaType.of(type));
    }

    /**
     * An item of a list; one that is not there fails the node that it feeds.
     *
     * @param list the list
     * @param index from 0; from the end if negative, -1 the last
     * @param <T> type of the item
     * @return a promise of it
     */
    public static <T> Promise<T> item(Promise<? extends List<T>> list, long index) {
        AccessStep step = AccessStep.newBuilder().setIndex(index).build();
        return list.made(list.stepped(step), list.type().argument(0));
    }

    /**
     * A value of a map; one that is not there fails the node that it feeds.
     *
     * @param map the map
     * @param key its key
     * @param <K> type of the key
     * @param <V> type of the value
     * @return a promise of it
     */
    public static <K, V> Promise<V> entry(Promise<? extends Map<K, V>> map, K key) {
        Literal literal = Components.CODECS.of(map.type().argument(0)).writeAny(key, Data.none());
        AccessStep step = AccessStep.newBuilder().setKey(literal).build();
        return map.made(map.stepped(step), map.type().argument(1));
    }

    /**
     * A value, or another where it is none.
     *
     * @param first what may be none
     * @param last what is taken in its place
     * @param <T> type of both
     * @return the first that is not none
     */
    public static <T> Promise<T> coalesce(Promise<Optional<T>> first, Promise<? extends T> last) {
        JavaType type = first.type().argument(0);
        return first.<T>as(type).orElse(last).as(type);
    }

    /**
     * A value, or one that is known where it is none.
     *
     * @param first what may be none
     * @param last what is taken in its place
     * @param <T> type of both
     * @return the first that is not none
     */
    public static <T> Promise<T> coalesce(Promise<Optional<T>> first, T last) {
        JavaType type = first.type().argument(0);
        return coalesce(first, Expressions.<T>value(type, last));
    }

    /**
     * The items of a list that are not none.
     *
     * @param list items of which may be none
     * @param <T> type of an item
     * @return a promise of the others
     */
    public static <T> Promise<List<T>> dropNone(Promise<List<Optional<T>>> list) {
        JavaType item = list.type().argument(0).argument(0);
        Expression dropped =
                Expression.newBuilder().setDropNone(list.expression()).build();
        return list.made(dropped, new JavaType(List.class, List.of(item), List.of()));
    }

    /**
     * Whether all conditions hold, asked in order up to the first that does not.
     *
     * @param conditions one at least
     * @return a condition
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // they are only read
    public static Promise<Boolean> allOf(Promise<Boolean>... conditions) {
        return new Promise<>(
                Expression.newBuilder().setAllOf(all(Arrays.asList(conditions))).build(),
                BOOLEAN,
                frames(Arrays.asList(conditions)));
    }

    /**
     * Whether any condition holds, asked in order up to the first that does.
     *
     * @param conditions one at least
     * @return a condition
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // they are only read
    public static Promise<Boolean> anyOf(Promise<Boolean>... conditions) {
        return new Promise<>(
                Expression.newBuilder().setAnyOf(all(Arrays.asList(conditions))).build(),
                BOOLEAN,
                frames(Arrays.asList(conditions)));
    }

    /**
     * Whether a condition does not hold.
     *
     * @param condition the condition
     * @return a condition
     */
    public static Promise<Boolean> not(Promise<Boolean> condition) {
        return condition.made(
                Expression.newBuilder().setNegation(condition.expression()).build(), BOOLEAN);
    }

    /**
     * Whether a value is an item of a list or set.
     *
     * @param value the value
     * @param container in which it is looked for
     * @param <T> type of the value
     * @return a condition
     */
    public static <T> Promise<Boolean> isIn(Promise<T> value, Promise<? extends Collection<? extends T>> container) {
        Membership membership = Membership.newBuilder()
                .setValue(value.expression())
                .setContainer(container.expression())
                .build();
        return value.joined(Expression.newBuilder().setMembership(membership).build(), container);
    }

    /**
     * Whether a value is a key of a map.
     *
     * @param key the value
     * @param map whose keys are looked through
     * @param <K> type of the key
     * @return a condition
     */
    public static <K> Promise<Boolean> isKeyOf(Promise<K> key, Promise<? extends Map<K, ?>> map) {
        Membership membership = Membership.newBuilder()
                .setValue(key.expression())
                .setContainer(map.expression())
                .build();
        return key.joined(Expression.newBuilder().setMembership(membership).build(), map);
    }

    private static ExpressionList all(List<? extends Promise<?>> items) {
        ExpressionList.Builder list = ExpressionList.newBuilder();
        items.forEach(item -> list.addItems(item.expression()));
        return list.build();
    }

    private static List<Frame> frames(List<? extends Promise<?>> items) {
        return items.stream().<Frame>flatMap(item -> item.frames().stream()).toList();
    }
}
