package dev.godwit.values;

import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import java.util.function.Function;

/**
 * A class that stands for another, whose type it has.
 *
 * @param <T> the class
 * @param <I> what it stands for
 */
final class MappedCodec<T, I> extends Codec<T> {
    private final Codec<I> inner;
    private final Function<T, I> unwrap;
    private final Function<I, T> wrap;

    MappedCodec(Codec<I> inner, Type type, Function<T, I> unwrap, Function<I, T> wrap) {
        super(type);
        this.inner = inner;
        this.unwrap = unwrap;
        this.wrap = wrap;
    }

    @Override
    public Literal write(T value, Data data) {
        if (value == null) {
            throw unfit(null);
        }
        return inner.writeAny(unwrap.apply(value), data);
    }

    @Override
    protected T readInline(Literal literal, Data data) {
        return wrap.apply(inner.readInline(literal, data));
    }
}
