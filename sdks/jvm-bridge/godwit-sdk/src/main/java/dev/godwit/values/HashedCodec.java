package dev.godwit.values;

import dev.godwit.idl.core.v1.Literal;

/**
 * A value with its author's hash.
 *
 * @param <I> the value's class
 */
final class HashedCodec<I> extends Codec<Hashed<I>> {
    private final Codec<I> inner;

    HashedCodec(Codec<I> inner) {
        super(inner.type());
        this.inner = inner;
    }

    @Override
    public Literal write(Hashed<I> value, Data data) {
        if (value == null) {
            throw unfit(null);
        }
        return inner.write(value.value(), data).toBuilder()
                .setHash(value.hash())
                .build();
    }

    @Override
    protected Hashed<I> readInline(Literal literal, Data data) {
        return new Hashed<>(inner.readInline(literal, data), literal.getHash());
    }
}
