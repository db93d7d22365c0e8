package dev.godwit.castability;

import dev.godwit.idl.core.v1.Literal;
import dev.godwit.json.JsonArray;
import dev.godwit.json.JsonBoolean;
import dev.godwit.json.JsonNumber;
import dev.godwit.json.JsonObject;
import dev.godwit.json.JsonString;
import dev.godwit.json.JsonText;
import dev.godwit.json.JsonTextException;
import dev.godwit.json.JsonValue;
import java.util.LinkedHashMap;
import java.util.Map;

/** Any castable value as JSON. */
final class JsonCast {
    private JsonCast() {}

    static Literal cast(Literal literal) {
        try {
            return Literal.newBuilder().setJson(JsonText.write(value(literal))).build();
        } catch (JsonTextException error) {
            throw new CastException(error.getMessage());
        }
    }

    private static JsonValue value(Literal of) {
        return switch (of.getKindCase()) {
            case BOOL_VALUE -> new JsonBoolean(of.getBoolValue());
            case INT_VALUE -> JsonNumber.of(of.getIntValue());
            case FLOAT_VALUE -> number(of.getFloatValue());
            case STRING_VALUE -> new JsonString(of.getStringValue());
            case JSON -> JsonText.parse(of.getJson());
            case LIST, INTS, FLOATS ->
                new JsonArray(ListItems.of(of).stream().map(JsonCast::value).toList());
            case UNION -> value(of.getUnion().getValue());
            case MAP -> {
                Map<String, JsonValue> members = new LinkedHashMap<>();
                of.getMap()
                        .getEntriesList()
                        .forEach(entry -> members.put(entry.getKey().getStringValue(), value(entry.getValue())));
                yield new JsonObject(members);
            }
            case RECORD -> {
                Map<String, JsonValue> members = new LinkedHashMap<>();
                of.getRecord().getFieldsList().forEach(field -> members.put(field.getName(), value(field.getValue())));
                yield new JsonObject(members);
            }
            default -> throw new CastException(of.getKindCase() + " has no JSON");
        };
    }

    private static JsonNumber number(double value) {
        if (!Double.isFinite(value)) {
            throw new CastException(value + " has no JSON");
        }
        return JsonNumber.of(value);
    }
}
