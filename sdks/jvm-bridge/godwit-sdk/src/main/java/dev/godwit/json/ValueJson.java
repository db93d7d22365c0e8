package dev.godwit.json;

import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.NoneValue;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.types.TypeText;

/** The one mapping between values and JSON. It needs the type: JSON alone does not tell a date from text. */
public final class ValueJson {
    private ValueJson() {}

    /**
     * None, of a type that has it.
     *
     * @param of a type
     * @return the literal
     * @throws ValueMismatchException the type is not nullable
     */
    public static Literal none(Type of) {
        if (!of.getNullable()) {
            throw new ValueMismatchException(TypeText.render(of), "none");
        }
        return Literal.newBuilder().setNone(NoneValue.getDefaultInstance()).build();
    }

    /**
     * The value that a text says: of a type that is written as text, the text itself; of any other, its JSON.
     *
     * @param text what people write
     * @param of a valid type
     * @return the value
     * @throws ValueMismatchException it is no value of the type
     */
    public static Literal ofText(String text, Type of) {
        throw new UnsupportedOperationException(text + of);
    }
}
