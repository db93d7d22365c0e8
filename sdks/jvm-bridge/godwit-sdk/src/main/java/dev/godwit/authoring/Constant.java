package dev.godwit.authoring;

import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.values.Data;
import dev.godwit.values.Field;
import java.util.function.Function;

/**
 * What takes a constant: the second half of {@code plan.fixing(In::rate).to(0.1)}.
 *
 * @param <S> what is gone on with
 * @param <V> type of the value
 */
public final class Constant<S, V> {
    private final Field field;
    private final Function<NamedLiteral, S> target;

    Constant(Field field, Function<NamedLiteral, S> target) {
        this.field = field;
        this.target = target;
    }

    /**
     * Sets it.
     *
     * @param value the value
     * @return what is gone on with
     * @throws dev.godwit.errors.ValueMismatchException it is none of its type
     */
    public S to(V value) {
        return target.apply(NamedLiteral.newBuilder()
                .setName(field.name())
                .setValue(field.codec().writeAny(value, Data.none()))
                .build());
    }
}
