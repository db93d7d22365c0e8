package dev.godwit.values;

import dev.godwit.idl.core.v1.Literal;
import dev.godwit.json.JsonText;
import dev.godwit.json.TimeText;
import java.util.List;
import java.util.function.Function;

/** Short texts of values, for messages. */
public final class LiteralText {
    private static final int LIMIT = 80;

    private LiteralText() {}

    /**
     * A value as text of at most 80 characters; what is longer is cut, and ends with an ellipsis.
     *
     * @param literal the value
     * @return its text
     */
    public static String render(Literal literal) {
        return cut(whole(literal));
    }

    private static String cut(String text) {
        return text.length() <= LIMIT ? text : text.substring(0, LIMIT - 1) + "…";
    }

    private static String whole(Literal of) {
        return switch (of.getKindCase()) {
            case NONE -> "none";
            case BOOL_VALUE -> Boolean.toString(of.getBoolValue());
            case INT_VALUE -> Long.toString(of.getIntValue());
            case FLOAT_VALUE -> Double.toString(of.getFloatValue());
            case DECIMAL -> of.getDecimal();
            case STRING_VALUE -> JsonText.quote(of.getStringValue());
            case BYTES_VALUE -> of.getBytesValue().size() + " bytes";
            case DATE -> of.getDate();
            case DATETIME -> TimeText.write(of.getDatetime());
            case DURATION -> TimeText.write(of.getDuration());
            case UUID -> of.getUuid();
            case JSON -> of.getJson();
            case ERROR -> of.getError().getCode() + ": " + of.getError().getMessage();
            case LIST -> "[" + joined(of.getList().getItemsList(), LiteralText::whole) + "]";
            case SET -> "{" + joined(of.getSet().getItemsList(), LiteralText::whole) + "}";
            case INTS -> "[" + joined(of.getInts().getItemsList(), Object::toString) + "]";
            case FLOATS -> "[" + joined(of.getFloats().getItemsList(), Object::toString) + "]";
            case MAP ->
                "{" + joined(of.getMap().getEntriesList(), e -> whole(e.getKey()) + ": " + whole(e.getValue())) + "}";
            case RECORD ->
                "(" + joined(of.getRecord().getFieldsList(), f -> f.getName() + "=" + whole(f.getValue())) + ")";
            case UNION -> whole(of.getUnion().getValue());
            case FILE -> "file " + of.getFile().getUri();
            case DIRECTORY -> "directory " + of.getDirectory().getUri();
            case TABLE -> "table " + of.getTable().getUri();
            case REFERENCE ->
                of.getReference().getSizeBytes()
                        + " bytes at "
                        + of.getReference().getUri();
            case KIND_NOT_SET -> "a literal of a kind unknown here";
        };
    }

    /** No longer than what is shown of it, nearly: a long list costs no more. */
    private static <T> String joined(List<T> parts, Function<T, String> text) {
        StringBuilder joined = new StringBuilder();
        for (T part : parts) {
            if (joined.length() > LIMIT) {
                break;
            }
            joined.append(joined.length() == 0 ? "" : ", ").append(text.apply(part));
        }
        return joined.toString();
    }
}
