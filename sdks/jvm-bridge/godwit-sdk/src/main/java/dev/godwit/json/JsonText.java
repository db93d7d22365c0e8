package dev.godwit.json;

import dev.godwit.digest.Scalars;
import java.util.Map;

/** Strict JSON text (RFC 8259): one meaning for every reader, or an error. */
public final class JsonText {
    /** Deepest nesting; the whole is 1 deep. */
    public static final int MAX_DEPTH = 128;

    private JsonText() {}

    /**
     * The value of a text.
     *
     * @param text JSON
     * @return its value
     * @throws JsonTextException not JSON; a name twice in an object; a number beyond binary64; a lone surrogate;
     *     nested deeper than {@link #MAX_DEPTH}
     */
    public static JsonValue parse(String text) {
        return new JsonParser(text, MAX_DEPTH).whole();
    }

    /**
     * The text of a value: compact, in its order, with every character but the needed escapes as itself.
     *
     * @param value the value
     * @return its text
     * @throws JsonTextException a lone surrogate, a number beyond binary64, or nested deeper than {@link #MAX_DEPTH}
     */
    public static String write(JsonValue value) {
        StringBuilder to = new StringBuilder();
        write(to, value, 1, MAX_DEPTH);
        return to.toString();
    }

    /** The text of a value that is nested as deep as it likes: what the mapping wraps around JSON adds to its depth. */
    static String writeAnyDepth(JsonValue value) {
        StringBuilder to = new StringBuilder();
        write(to, value, 1, Integer.MAX_VALUE);
        return to.toString();
    }

    private static void write(StringBuilder to, JsonValue value, int depth, int limit) {
        if (depth > limit) {
            throw new JsonTextException("JSON nested deeper than " + limit);
        }
        if (value instanceof JsonNull) {
            to.append("null");
        } else if (value instanceof JsonBoolean truth) {
            to.append(truth.value());
        } else if (value instanceof JsonNumber number) {
            if (Double.isInfinite(number.toDouble()) && !number.isInteger()) {
                throw new JsonTextException(number.text() + " has no JSON");
            }
            to.append(number.text());
        } else if (value instanceof JsonString text) {
            quote(to, text.value());
        } else if (value instanceof JsonArray array) {
            String separator = "[";
            for (JsonValue item : array.items()) {
                write(to.append(separator), item, depth + 1, limit);
                separator = ",";
            }
            to.append(array.items().isEmpty() ? "[]" : "]");
        } else if (value instanceof JsonObject object) {
            String separator = "{";
            for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
                quote(to.append(separator), member.getKey());
                write(to.append(':'), member.getValue(), depth + 1, limit);
                separator = ",";
            }
            to.append(object.members().isEmpty() ? "{}" : "}");
        }
    }

    private static void quote(StringBuilder to, String text) {
        if (!Scalars.isUnicode(text)) {
            throw new JsonTextException("a lone surrogate is no Unicode text");
        }
        to.append(quote(text));
    }

    /**
     * A text in quotes, as JSON and messages have it.
     *
     * @param text any text
     * @return the text in quotes, with escapes where they are needed
     */
    public static String quote(String text) {
        StringBuilder to = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            switch (unit) {
                case '"' -> to.append("\\\"");
                case '\\' -> to.append("\\\\");
                case '\n' -> to.append("\\n");
                case '\r' -> to.append("\\r");
                case '\t' -> to.append("\\t");
                case '\b' -> to.append("\\b");
                case '\f' -> to.append("\\f");
                default -> {
                    if (unit < ' ') {
                        to.append(String.format("\\u%04x", (int) unit));
                    } else {
                        to.append(unit);
                    }
                }
            }
        }
        return to.append('"').toString();
    }
}
