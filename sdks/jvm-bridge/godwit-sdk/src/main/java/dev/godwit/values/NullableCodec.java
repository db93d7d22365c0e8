package dev.godwit.values;

import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.NoneValue;
import java.util.function.Function;

/**
 * A value that may be none.
 *
 * @param <T> the Java type that may be none: {@code Optional<String>}
 * @param <I> the Java type of what is inside: {@code String}
 */
final class NullableCodec<T, I> extends Codec<T> {
    /** How a value that may be none is taken apart and made, in one language. */
    record Wrapping<T, I>(Function<T, I> unwrap, Function<I, T> wrap, T none, boolean nullIsNone) {}

    private static final Literal NONE =
            Literal.newBuilder().setNone(NoneValue.getDefaultInstance()).build();

    private final Codec<I> inner;
    private final Wrapping<T, I> wrapping;

    NullableCodec(Codec<I> inner, Wrapping<T, I> wrapping) {
        super(inner.type().toBuilder().setNullable(true).build());
        this.inner = inner;
        this.wrapping = wrapping;
    }

    @Override
    public Literal write(T value, Data data) {
        if (value == null && !wrapping.nullIsNone()) {
            throw new ValueMismatchException("", "an empty Optional", "null", "Write Optional.empty().");
        }
        I held = value == null ? null : wrapping.unwrap().apply(value);
        return held == null ? NONE : inner.writeAny(held, data);
    }

    @Override
    protected T readInline(Literal literal, Data data) {
        return literal.hasNone() ? wrapping.none() : wrapping.wrap().apply(inner.readInline(literal, data));
    }
}
