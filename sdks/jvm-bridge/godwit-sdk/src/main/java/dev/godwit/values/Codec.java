package dev.godwit.values;

import dev.godwit.castability.CastException;
import dev.godwit.castability.Coercion;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.DataRef;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.types.TypeText;

/**
 * The translation of one Java type, made once and used for every value. Find one by {@link Codecs}.
 *
 * @param <T> the Java type
 */
public abstract class Codec<T> {
    private final Type type;

    /**
     * Made by a subclass.
     *
     * @param type the contract's type
     */
    protected Codec(Type type) {
        this.type = type;
    }

    /**
     * The contract's type.
     *
     * @return a valid type
     */
    public final Type type() {
        return type;
    }

    /**
     * The literal of a value.
     *
     * @param value the value
     * @param data where files, and values that are too large, are kept
     * @return a value of {@link #type()}
     * @throws ValueMismatchException the value is not of the type: null, out of range, text with a lone surrogate
     * @throws dev.godwit.errors.DataException data cannot be stored
     */
    public abstract Literal write(T value, Data data);

    /**
     * The value of a literal that is inline.
     *
     * @param literal no reference
     * @param data where files are read from
     * @return the value
     */
    protected abstract T readInline(Literal literal, Data data);

    /**
     * The value of a literal, inline or stored elsewhere.
     *
     * @param literal a value of {@link #type()}, or a reference to one of a type that casts to it
     * @param data where files, and values that are stored elsewhere, are read from
     * @return the value
     * @throws ValueMismatchException the literal is of another type
     * @throws dev.godwit.errors.DataException data are missing or damaged
     */
    public final T read(Literal literal, Data data) {
        return readInline(literal.hasReference() ? resolve(literal, data) : literal, data);
    }

    private Literal resolve(Literal holder, Data data) {
        Literal stored = converted(holder.getReference(), data);
        return stored.getHash().equals(holder.getHash())
                ? stored
                : stored.toBuilder().setHash(holder.getHash()).build();
    }

    private Literal converted(DataRef reference, Data data) {
        Literal stored = Offloading.load(reference, data);
        if (stored.hasReference()) {
            throw new ValueMismatchException(TypeText.render(type), "a reference to another reference");
        }
        if (!reference.hasType() || reference.getType().equals(type)) {
            return stored;
        }
        try {
            return Coercion.coerce(stored, reference.getType(), type);
        } catch (CastException error) {
            throw new ValueMismatchException(TypeText.render(type), error.getMessage());
        }
    }

    /**
     * The literal of a value whose class is not known to the compiler.
     *
     * @param value the value
     * @param data where files, and values that are too large, are kept
     * @return a value of {@link #type()}
     * @throws ValueMismatchException the value is of another class
     */
    public final Literal writeAny(Object value, Data data) {
        try {
            @SuppressWarnings("unchecked") // a value of another class ends in a ClassCastException of the codec
            T cast = (T) value;
            return write(cast, data);
        } catch (ClassCastException error) {
            throw unfit(value);
        }
    }

    /**
     * The error that a value is not of this type.
     *
     * @param value the value
     * @return the error
     */
    protected final ValueMismatchException unfit(Object value) {
        return unfit(value, "");
    }

    /**
     * The error that a value is not of this type.
     *
     * @param value the value
     * @param hint what to do
     * @return the error
     */
    protected final ValueMismatchException unfit(Object value, String hint) {
        String came = value == null ? "null" : value.getClass().getSimpleName() + " " + shown(value);
        String remedy =
                value == null && hint.isEmpty() ? "Declare it Optional, or @Nullable, if it may be none." : hint;
        return new ValueMismatchException("", TypeText.render(type), came, remedy);
    }

    private static String shown(Object value) {
        String text = String.valueOf(value);
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }

    /**
     * The error that a literal is not of this type.
     *
     * @param literal the literal
     * @return the error
     */
    protected final ValueMismatchException unreadable(Literal literal) {
        boolean unknown = literal.getKindCase() == Literal.KindCase.KIND_NOT_SET;
        String hint = unknown ? "It was written by a newer version: upgrade this side." : "";
        return new ValueMismatchException("", TypeText.render(type), LiteralText.render(literal), hint);
    }
}
