package dev.godwit.values;

import dev.godwit.types.JavaType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/** Codecs of classes around one value: Optional and its kin, and Hashed. */
final class Wrappers {
    private Wrappers() {}

    static Optional<Codec<?>> find(Codecs codecs, JavaType type, List<Class<?>> within) {
        Class<?> raw = type.raw();
        if (raw == Optional.class) {
            return Optional.of(optional(codecs.find(Codecs.inside(type, 0), within)));
        }
        if (raw == OptionalLong.class) {
            return Optional.of(nullable(
                    codecs.of(Long.class),
                    (OptionalLong value) -> value.isPresent() ? value.getAsLong() : null,
                    OptionalLong::of,
                    OptionalLong.empty()));
        }
        if (raw == OptionalInt.class) {
            return Optional.of(nullable(
                    codecs.of(Integer.class),
                    (OptionalInt value) -> value.isPresent() ? value.getAsInt() : null,
                    OptionalInt::of,
                    OptionalInt.empty()));
        }
        if (raw == OptionalDouble.class) {
            return Optional.of(nullable(
                    codecs.of(Double.class),
                    (OptionalDouble value) -> value.isPresent() ? value.getAsDouble() : null,
                    OptionalDouble::of,
                    OptionalDouble.empty()));
        }
        if (raw == Hashed.class) {
            return Optional.of(new HashedCodec<>(codecs.find(Codecs.inside(type, 0), within)));
        }
        return ScalaCollections.wrapper(codecs, type, within);
    }

    private static <I> Codec<?> optional(Codec<I> inner) {
        return nullable(inner, (Optional<I> value) -> value.orElse(null), Optional::of, Optional.empty());
    }

    static <T, I> Codec<T> nullable(Codec<I> inner, Function<T, I> unwrap, Function<I, T> wrap, T none) {
        Codecs.checkNullable(inner);
        return new NullableCodec<>(inner, new NullableCodec.Wrapping<>(unwrap, wrap, none, false));
    }
}
