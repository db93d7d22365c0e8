package dev.godwit.values;

import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.Type;
import java.time.DateTimeException;
import java.util.function.Function;

/** Values without parts. */
final class SimpleCodec<T> extends Codec<T> {
    private final Literal.KindCase kind;
    private final Function<T, Literal> writer;
    private final Function<Literal, T> reader;
    private final String hint;

    /**
     * Both functions raise IllegalArgumentException, ArithmeticException or DateTimeException for what they cannot do.
     *
     * @param hint what to do about a value out of range
     */
    SimpleCodec(
            SimpleType simple,
            Literal.KindCase kind,
            Function<T, Literal> writer,
            Function<Literal, T> reader,
            String hint) {
        super(Type.newBuilder().setSimple(simple).build());
        this.kind = kind;
        this.writer = writer;
        this.reader = reader;
        this.hint = hint;
    }

    @Override
    public Literal write(T value, Data data) {
        if (value == null) {
            throw unfit(null);
        }
        try {
            return writer.apply(value);
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException error) {
            throw unfit(value, hint);
        }
    }

    @Override
    protected T readInline(Literal literal, Data data) {
        if (literal.getKindCase() != kind) {
            throw unreadable(literal);
        }
        try {
            return reader.apply(literal);
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException error) {
            throw unreadable(literal);
        }
    }
}
