package dev.godwit.values;

import dev.godwit.types.JavaType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Codecs of Scala's Option and immutable collections, found by name: this SDK does not depend on Scala. */
final class ScalaCollections {
    private static final String IMMUTABLE = "scala.collection.immutable.";
    private static final Set<String> SEQUENCES =
            Set.of(IMMUTABLE + "List", IMMUTABLE + "Seq", IMMUTABLE + "Vector", "scala.collection.Seq");

    private ScalaCollections() {}

    static Optional<Codec<?>> wrapper(Codecs codecs, JavaType type, List<Class<?>> within) {
        if (!type.raw().getName().equals("scala.Option")) {
            return Optional.empty();
        }
        ScalaLibrary scala = new ScalaLibrary(type.raw().getClassLoader());
        return Optional.of(option(codecs.find(Codecs.inside(type, 0), within), scala));
    }

    private static <I> Codec<?> option(Codec<I> inner, ScalaLibrary scala) {
        Function<Object, I> unwrap = option -> scala.orNull(option);
        Function<I, Object> wrap = scala::option;
        return Wrappers.nullable(inner, unwrap, wrap, scala.option(null));
    }

    static Optional<Codec<?>> container(Codecs codecs, JavaType type, List<Class<?>> within) {
        String name = type.raw().getName();
        if (!name.startsWith("scala.")) {
            return Optional.empty();
        }
        ScalaLibrary scala = new ScalaLibrary(type.raw().getClassLoader());
        if (SEQUENCES.contains(name)) {
            Function<Object, Iterable<?>> items = scala::items;
            Function<List<Object>, Object> maker = read -> scala.from(name, read);
            return Optional.of(new SequenceCodec<>(codecs.find(Codecs.inside(type, 0), within), items, maker));
        }
        if (name.equals(IMMUTABLE + "Set")) {
            Function<Object, Collection<?>> items = set -> copied(scala.items(set));
            Function<List<Object>, Object> maker = read -> scala.from(name, read);
            return Optional.of(new SetCodec<>(codecs.find(type.argument(0), within), items, maker));
        }
        if (name.equals(IMMUTABLE + "Map")) {
            Function<Object, Map<?, ?>> entries = scala::entries;
            Function<Map<Object, Object>, Object> maker = read -> scala.map(name, read);
            return Optional.of(new MapCodec<>(
                    codecs.find(type.argument(0), within),
                    codecs.find(Codecs.inside(type, 1), within),
                    entries,
                    maker));
        }
        return Optional.empty();
    }

    private static Collection<?> copied(Iterable<?> items) {
        List<Object> copy = new ArrayList<>();
        items.forEach(copy::add);
        return copy;
    }
}
