package dev.godwit.values;

import dev.godwit.errors.UnsupportedTypeException;
import dev.godwit.types.JavaType;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Codecs of lists, sets, maps and arrays. */
final class Containers {
    private static final Set<Class<?>> ARRAYS =
            Set.of(long[].class, int[].class, double[].class, float[].class, boolean[].class);

    private Containers() {}

    static Optional<Codec<?>> find(Codecs codecs, JavaType type, List<Class<?>> within) {
        Class<?> raw = type.raw();
        if (raw == List.class || raw == Collection.class) {
            Function<Collection<?>, Iterable<?>> items = value -> value;
            Function<List<Object>, Collection<?>> maker = Collections::unmodifiableList;
            return Optional.of(new SequenceCodec<>(codecs.find(Codecs.inside(type, 0), within), items, maker));
        }
        if (raw == Set.class) {
            Function<Set<?>, Collection<?>> items = value -> value;
            Function<List<Object>, Set<?>> maker = read -> Collections.unmodifiableSet(new LinkedHashSet<>(read));
            return Optional.of(new SetCodec<>(codecs.find(type.argument(0), within), items, maker));
        }
        if (raw == Map.class) {
            Function<Map<?, ?>, Map<?, ?>> entries = value -> value;
            Function<Map<Object, Object>, Map<?, ?>> maker = Collections::unmodifiableMap;
            return Optional.of(new MapCodec<>(
                    codecs.find(type.argument(0), within),
                    codecs.find(Codecs.inside(type, 1), within),
                    entries,
                    maker));
        }
        if (raw.isArray()) {
            return Optional.of(array(codecs, type, within));
        }
        return ScalaCollections.container(codecs, type, within);
    }

    private static Codec<?> array(Codecs codecs, JavaType type, List<Class<?>> within) {
        Class<?> item = type.raw().getComponentType();
        if (item.isPrimitive() && !ARRAYS.contains(type.raw())) {
            throw new UnsupportedTypeException(
                    type + " has no type in the contract", "Declare a long[], a double[], or a List.");
        }
        Function<Object, Iterable<?>> items = Containers::items;
        Function<List<Object>, Object> maker = read -> {
            Object made = Array.newInstance(item, read.size());
            for (int i = 0; i < read.size(); i++) {
                Array.set(made, i, read.get(i));
            }
            return made;
        };
        return new SequenceCodec<>(codecs.find(type.arguments().get(0), within), items, maker);
    }

    private static Iterable<?> items(Object array) {
        Object[] items = new Object[Array.getLength(array)];
        for (int i = 0; i < items.length; i++) {
            items[i] = Array.get(array, i);
        }
        return Arrays.asList(items);
    }
}
