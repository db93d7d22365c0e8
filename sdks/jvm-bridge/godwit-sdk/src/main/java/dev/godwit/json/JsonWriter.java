package dev.godwit.json;

import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.MapEntry;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.core.v1.UnionMember;
import dev.godwit.types.TypeText;
import dev.godwit.values.LiteralText;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** From a value to its JSON. */
final class JsonWriter {
    static final long MAX_SAFE_INTEGER = (1L << 53) - 1;

    private JsonWriter() {}

    static JsonValue write(Literal literal, Type of, String path) {
        JsonValue value = bare(literal, of, path);
        if (literal.getHash().isEmpty()) {
            return value;
        }
        Map<String, JsonValue> marked = new LinkedHashMap<>();
        marked.put("@hash", new JsonString(literal.getHash()));
        marked.put("@value", value);
        return new JsonObject(marked);
    }

    private static JsonValue bare(Literal literal, Type of, String path) {
        if (literal.hasNone()) {
            return new JsonNull();
        }
        if (literal.hasReference()) {
            return new JsonObject(Map.of("@reference", JsonPlaces.write(literal.getReference())));
        }
        if (!fits(literal, of)) {
            throw new ValueMismatchException(path, TypeText.render(of), LiteralText.render(literal), "");
        }
        return switch (of.getKindCase()) {
            case SIMPLE -> simple(literal, path);
            case LIST -> list(literal, of.getList().getItem(), path);
            case TUPLE -> tuple(literal, of.getTuple().getItemsList(), path);
            case SET -> items(literal.getSet().getItemsList(), of.getSet().getItem(), path);
            case MAP -> map(literal, of, path);
            case ENUM -> new JsonString(literal.getStringValue());
            case RECORD -> record(literal, of, path);
            case UNION -> union(literal, of, path);
            case FILE -> JsonPlaces.write(literal.getFile());
            case DIRECTORY -> JsonPlaces.write(literal.getDirectory());
            case TABLE -> JsonPlaces.write(literal.getTable());
            case KIND_NOT_SET -> throw new IllegalStateException("nothing fits it");
        };
    }

    /** Whether a literal is of a kind that values of a type are of. */
    private static boolean fits(Literal literal, Type of) {
        Literal.KindCase kind = literal.getKindCase();
        return switch (of.getKindCase()) {
            case SIMPLE -> kind == kindOf(of.getSimple());
            case LIST ->
                kind == Literal.KindCase.LIST || kind == Literal.KindCase.INTS || kind == Literal.KindCase.FLOATS;
            case TUPLE -> kind == Literal.KindCase.LIST;
            case SET -> kind == Literal.KindCase.SET;
            case MAP -> kind == Literal.KindCase.MAP;
            case ENUM -> kind == Literal.KindCase.STRING_VALUE;
            case RECORD -> kind == Literal.KindCase.RECORD;
            case UNION -> kind == Literal.KindCase.UNION;
            case FILE -> kind == Literal.KindCase.FILE;
            case DIRECTORY -> kind == Literal.KindCase.DIRECTORY;
            case TABLE -> kind == Literal.KindCase.TABLE;
            case KIND_NOT_SET -> false;
        };
    }

    private static Literal.KindCase kindOf(SimpleType simple) {
        return switch (simple) {
            case SIMPLE_TYPE_BOOL -> Literal.KindCase.BOOL_VALUE;
            case SIMPLE_TYPE_INT -> Literal.KindCase.INT_VALUE;
            case SIMPLE_TYPE_FLOAT -> Literal.KindCase.FLOAT_VALUE;
            case SIMPLE_TYPE_DECIMAL -> Literal.KindCase.DECIMAL;
            case SIMPLE_TYPE_STRING -> Literal.KindCase.STRING_VALUE;
            case SIMPLE_TYPE_BYTES -> Literal.KindCase.BYTES_VALUE;
            case SIMPLE_TYPE_DATE -> Literal.KindCase.DATE;
            case SIMPLE_TYPE_DATETIME -> Literal.KindCase.DATETIME;
            case SIMPLE_TYPE_DURATION -> Literal.KindCase.DURATION;
            case SIMPLE_TYPE_UUID -> Literal.KindCase.UUID;
            case SIMPLE_TYPE_JSON -> Literal.KindCase.JSON;
            case SIMPLE_TYPE_ERROR -> Literal.KindCase.ERROR;
            case SIMPLE_TYPE_UNSPECIFIED, UNRECOGNIZED -> Literal.KindCase.KIND_NOT_SET;
        };
    }

    private static JsonValue simple(Literal of, String path) {
        return switch (of.getKindCase()) {
            case BOOL_VALUE -> new JsonBoolean(of.getBoolValue());
            case INT_VALUE -> integer(of.getIntValue());
            case FLOAT_VALUE -> floating(of.getFloatValue());
            case DECIMAL -> new JsonString(of.getDecimal());
            case STRING_VALUE -> new JsonString(of.getStringValue());
            case BYTES_VALUE ->
                new JsonString(
                        Base64.getEncoder().encodeToString(of.getBytesValue().toByteArray()));
            case DATE -> new JsonString(of.getDate());
            case DATETIME -> new JsonString(TimeText.write(of.getDatetime()));
            case DURATION -> new JsonString(TimeText.write(of.getDuration()));
            case UUID -> new JsonString(of.getUuid());
            case JSON -> json(of.getJson(), path);
            default -> MessageJson.write(of.getError());
        };
    }

    private static JsonValue integer(long number) {
        boolean safe = number >= -MAX_SAFE_INTEGER && number <= MAX_SAFE_INTEGER;
        return safe ? JsonNumber.of(number) : new JsonString(Long.toString(number));
    }

    private static JsonValue floating(double number) {
        if (Double.isFinite(number)) {
            return JsonNumber.of(number);
        }
        return new JsonString(Double.toString(number));
    }

    private static JsonValue json(String text, String path) {
        try {
            JsonValue value = JsonText.parse(text);
            boolean marked = value instanceof JsonObject object
                    && JsonMarks.isMarked(object.members().keySet());
            return marked ? new JsonObject(Map.of("@json", value)) : value;
        } catch (JsonTextException error) {
            throw new ValueMismatchException(path, "JSON text", error.getMessage(), "");
        }
    }

    private static JsonValue list(Literal literal, Type item, String path) {
        List<JsonValue> items = new ArrayList<>();
        if (literal.hasInts()) {
            literal.getInts().getItemsList().forEach(one -> items.add(integer(one)));
        } else if (literal.hasFloats()) {
            literal.getFloats().getItemsList().forEach(one -> items.add(floating(one)));
        } else {
            return items(literal.getList().getItemsList(), item, path);
        }
        return new JsonArray(items);
    }

    private static JsonArray items(List<Literal> items, Type item, String path) {
        List<JsonValue> written = new ArrayList<>();
        for (Literal one : items) {
            written.add(write(one, item, path + "[" + written.size() + "]"));
        }
        return new JsonArray(written);
    }

    private static JsonValue tuple(Literal literal, List<Type> types, String path) {
        List<Literal> items = literal.getList().getItemsList();
        if (items.size() != types.size()) {
            throw new ValueMismatchException(path, types.size() + " items", items.size() + " items", "");
        }
        List<JsonValue> written = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            written.add(write(items.get(i), types.get(i), path + "[" + i + "]"));
        }
        return new JsonArray(written);
    }

    private static JsonValue map(Literal literal, Type of, String path) {
        List<JsonValue> pairs = new ArrayList<>();
        Map<String, JsonValue> members = new LinkedHashMap<>();
        boolean named = isText(of.getMap().getKey());
        for (MapEntry entry : literal.getMap().getEntriesList()) {
            String place = path + "[" + LiteralText.render(entry.getKey()) + "]";
            JsonValue key = write(entry.getKey(), of.getMap().getKey(), place);
            JsonValue value = write(entry.getValue(), of.getMap().getValue(), place);
            pairs.add(new JsonArray(List.of(key, value)));
            if (named && key instanceof JsonString name) {
                members.put(name.value(), value);
            }
        }
        boolean object = named && members.size() == pairs.size() && !JsonMarks.isMarked(members.keySet());
        return object ? new JsonObject(members) : new JsonArray(pairs);
    }

    /** Whether keys of a type are names of a JSON object: strings and symbols. */
    static boolean isText(Type of) {
        return of.getSimple() == SimpleType.SIMPLE_TYPE_STRING || of.hasEnum();
    }

    private static JsonValue record(Literal literal, Type of, String path) {
        Map<String, Literal> values = new LinkedHashMap<>();
        for (NamedLiteral field : literal.getRecord().getFieldsList()) {
            values.put(field.getName(), field.getValue());
        }
        List<RecordField> fields = of.getRecord().getFieldsList();
        Set<String> names = Set.copyOf(fields.stream().map(RecordField::getName).toList());
        if (!values.keySet().equals(names)) {
            throw new ValueMismatchException(
                    path, "the fields " + String.join(", ", names), String.join(", ", values.keySet()), "");
        }
        Map<String, JsonValue> members = new LinkedHashMap<>();
        for (RecordField field : fields) {
            String place = path.isEmpty() ? field.getName() : path + "." + field.getName();
            members.put(field.getName(), write(values.get(field.getName()), field.getType(), place));
        }
        return new JsonObject(members);
    }

    private static JsonValue union(Literal literal, Type of, String path) {
        String tag = literal.getUnion().getTag();
        for (UnionMember member : of.getUnion().getMembersList()) {
            if (member.getTag().equals(tag)) {
                Map<String, JsonValue> tagged = new LinkedHashMap<>();
                tagged.put("tag", new JsonString(tag));
                tagged.put("value", write(literal.getUnion().getValue(), member.getType(), path + "<" + tag + ">"));
                return new JsonObject(tagged);
            }
        }
        throw new ValueMismatchException(path, "one of the tags of " + TypeText.render(of), "the tag " + tag, "");
    }
}
