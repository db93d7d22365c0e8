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
     * The JSON of a value.
     *
     * @param literal the value
     * @param of its type
     * @return its JSON
     * @throws ValueMismatchException the literal is no value of the type
     */
    public static JsonValue toJson(Literal literal, Type of) {
        return JsonWriter.write(literal, of, "");
    }

    /**
     * The JSON text of a value.
     *
     * @param literal the value
     * @param of its type
     * @return its JSON, compact
     * @throws ValueMismatchException the literal is no value of the type
     */
    public static String toText(Literal literal, Type of) {
        return JsonText.writeAnyDepth(toJson(literal, of));
    }

    /**
     * The value that JSON says: what {@link #toJson} writes and, beyond it, what people write. Defaults are filled in.
     *
     * @param value the JSON
     * @param of a valid type
     * @return the value
     * @throws ValueMismatchException the JSON is no value of the type
     */
    public static Literal fromJson(JsonValue value, Type of) {
        return JsonReader.read(value, of, "", true);
    }

    /**
     * The value that a text says: of a type that is written as text, the text itself; of any other, its JSON, and where
     * it is none, the text.
     *
     * @param text what people write
     * @param of a valid type
     * @return the value
     * @throws ValueMismatchException it is no value of the type
     */
    public static Literal ofText(String text, Type of) {
        if (isWrittenAsText(text, of)) {
            return fromJson(new JsonString(text), of);
        }
        try {
            return fromJson(JsonText.parse(text), of);
        } catch (JsonTextException error) {
            return fromJson(new JsonString(text), of);
        }
    }

    private static boolean isWrittenAsText(String text, Type of) {
        return switch (of.getKindCase()) {
            case ENUM -> true;
            case FILE, DIRECTORY, TABLE -> !text.startsWith("{");
            case SIMPLE ->
                switch (of.getSimple()) {
                    case SIMPLE_TYPE_BOOL, SIMPLE_TYPE_INT, SIMPLE_TYPE_FLOAT, SIMPLE_TYPE_JSON, SIMPLE_TYPE_ERROR ->
                        false;
                    default -> true;
                };
            default -> false;
        };
    }

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
}
