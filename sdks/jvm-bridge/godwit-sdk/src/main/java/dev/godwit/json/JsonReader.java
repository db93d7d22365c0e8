package dev.godwit.json;

import dev.godwit.digest.DigestException;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.ListLiteral;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.MapEntry;
import dev.godwit.idl.core.v1.MapLiteral;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.PackedFloats;
import dev.godwit.idl.core.v1.PackedInts;
import dev.godwit.idl.core.v1.RecordField;
import dev.godwit.idl.core.v1.RecordLiteral;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.core.v1.UnionLiteral;
import dev.godwit.idl.core.v1.UnionMember;
import dev.godwit.types.TypeText;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** From JSON to a value of a type. */
final class JsonReader {
    private JsonReader() {}

    static Literal read(JsonValue value, Type of, String path, boolean lenient) {
        if (value instanceof JsonObject object && object.isOf(JsonMarks.REFERENCE)) {
            return JsonPlaces.readReference(object.members().get("@reference"), path);
        }
        if (value instanceof JsonObject object && object.isOf(JsonMarks.HASHED)) {
            return hashed(object, of, path, lenient);
        }
        if (value instanceof JsonNull && of.getNullable()) {
            return ValueJson.none(of);
        }
        return switch (of.getKindCase()) {
            case SIMPLE -> JsonScalars.read(value, of.getSimple(), lenient).orElseThrow(() -> unfit(value, of, path));
            case LIST -> list(items(value, of, path), of.getList().getItem(), path, lenient);
            case TUPLE -> tuple(value, of, path, lenient);
            case SET -> set(items(value, of, path), of.getSet().getItem(), path, lenient);
            case MAP -> map(value, of, path, lenient);
            case ENUM -> symbol(value, of, path);
            case RECORD -> record(value, of, path, lenient);
            case UNION -> union(value, of, path);
            case FILE -> JsonPlaces.readFile(value, of, path, lenient);
            case DIRECTORY -> JsonPlaces.readDirectory(value, of, path, lenient);
            case TABLE -> JsonPlaces.readTable(value, of, path, lenient);
            case KIND_NOT_SET -> throw unfit(value, of, path);
        };
    }

    private static ValueMismatchException unfit(JsonValue value, Type of, String path) {
        String hint = of.hasSimple() ? JsonScalars.hint(of.getSimple()) : "";
        return new ValueMismatchException(path, TypeText.render(of), value.described(), hint);
    }

    private static Literal hashed(JsonObject object, Type of, String path, boolean lenient) {
        Literal literal = read(object.members().get("@value"), of, path, lenient);
        if (object.members().get("@hash") instanceof JsonString hash) {
            return literal.toBuilder().setHash(hash.value()).build();
        }
        throw new ValueMismatchException(
                path, "a hash of text", object.members().get("@hash").described(), "");
    }

    private static List<JsonValue> items(JsonValue value, Type of, String path) {
        if (value instanceof JsonArray array) {
            return array.items();
        }
        throw unfit(value, of, path);
    }

    private static Literal list(List<JsonValue> items, Type item, String path, boolean lenient) {
        return packed(items, item, lenient).orElseGet(() -> {
            ListLiteral.Builder list = ListLiteral.newBuilder();
            items.forEach(one -> list.addItems(read(one, item, at(path, list.getItemsCount()), lenient)));
            return Literal.newBuilder().setList(list).build();
        });
    }

    private static String at(String path, int index) {
        return path + "[" + index + "]";
    }

    /** The packed form of a list of numbers; empty where it has none, or where an item is no such number. */
    private static Optional<Literal> packed(List<JsonValue> items, Type item, boolean lenient) {
        if (item.getNullable() || items.isEmpty()) {
            return Optional.empty();
        }
        if (item.getSimple() == SimpleType.SIMPLE_TYPE_INT) {
            var read =
                    items.stream().map(one -> JsonScalars.integer(one, lenient)).toList();
            if (read.stream().allMatch(one -> one.isPresent())) {
                PackedInts.Builder ints = PackedInts.newBuilder();
                read.forEach(one -> ints.addItems(one.getAsLong()));
                return Optional.of(Literal.newBuilder().setInts(ints).build());
            }
        }
        if (item.getSimple() == SimpleType.SIMPLE_TYPE_FLOAT) {
            var read = items.stream()
                    .map(one -> JsonScalars.floating(one, lenient))
                    .toList();
            if (read.stream().allMatch(one -> one.isPresent())) {
                PackedFloats.Builder floats = PackedFloats.newBuilder();
                read.forEach(one -> floats.addItems(one.getAsDouble()));
                return Optional.of(Literal.newBuilder().setFloats(floats).build());
            }
        }
        return Optional.empty();
    }

    private static Literal tuple(JsonValue value, Type of, String path, boolean lenient) {
        List<Type> types = of.getTuple().getItemsList();
        if (!(value instanceof JsonArray array) || array.items().size() != types.size()) {
            String expected = TypeText.render(of) + ", a list of " + types.size() + " items";
            throw new ValueMismatchException(path, expected, value.described(), "");
        }
        ListLiteral.Builder list = ListLiteral.newBuilder();
        for (int i = 0; i < types.size(); i++) {
            list.addItems(read(array.items().get(i), types.get(i), at(path, i), lenient));
        }
        return Literal.newBuilder().setList(list).build();
    }

    private static Literal set(List<JsonValue> items, Type item, String path, boolean lenient) {
        ListLiteral.Builder set = ListLiteral.newBuilder();
        Distinct distinct = new Distinct("element", path);
        for (JsonValue one : items) {
            Literal element = read(one, item, at(path, set.getItemsCount()), lenient);
            distinct.add(element, one);
            set.addItems(element);
        }
        return Literal.newBuilder().setSet(set).build();
    }

    /** Elements or keys that were seen. */
    private static final class Distinct {
        private final String what;
        private final String path;
        private final Set<ByteBuffer> seen = new HashSet<>();

        Distinct(String what, String path) {
            this.what = what;
            this.path = path;
        }

        void add(Literal literal, JsonValue value) {
            try {
                if (!seen.add(ByteBuffer.wrap(LiteralDigest.token(literal)))) {
                    throw new ValueMismatchException(path, "each " + what + " once", value.described() + " twice", "");
                }
            } catch (DigestException error) {
                throw new ValueMismatchException(path, "a " + what + " with a digest", error.getMessage(), "");
            }
        }
    }

    private static Literal map(JsonValue value, Type of, String path, boolean lenient) {
        MapLiteral.Builder map = MapLiteral.newBuilder();
        Distinct distinct = new Distinct("key", path);
        for (Map.Entry<JsonValue, JsonValue> pair : pairs(value, of, path, lenient)) {
            String shown = pair.getKey() instanceof JsonString name
                    ? JsonText.quote(name.value())
                    : JsonText.writeAnyDepth(pair.getKey());
            String place = path + "[" + shown + "]";
            Literal key = read(pair.getKey(), of.getMap().getKey(), place, lenient);
            distinct.add(key, pair.getKey());
            map.addEntries(MapEntry.newBuilder()
                    .setKey(key)
                    .setValue(read(pair.getValue(), of.getMap().getValue(), place, lenient)));
        }
        return Literal.newBuilder().setMap(map).build();
    }

    private static List<Map.Entry<JsonValue, JsonValue>> pairs(JsonValue value, Type of, String path, boolean lenient) {
        List<Map.Entry<JsonValue, JsonValue>> pairs = new ArrayList<>();
        if (value instanceof JsonObject object
                && (lenient || JsonWriter.isText(of.getMap().getKey()))) {
            object.members().forEach((name, inner) -> pairs.add(Map.entry(new JsonString(name), inner)));
            return pairs;
        }
        if (value instanceof JsonArray array) {
            for (JsonValue item : array.items()) {
                if (item instanceof JsonArray pair && pair.items().size() == 2) {
                    pairs.add(Map.entry(pair.items().get(0), pair.items().get(1)));
                }
            }
            if (pairs.size() == array.items().size()) {
                return pairs;
            }
        }
        String expected = TypeText.render(of) + ", an object or a list of pairs";
        throw new ValueMismatchException(path, expected, value.described(), "");
    }

    private static Literal symbol(JsonValue value, Type of, String path) {
        List<String> symbols = of.getEnum().getSymbolsList();
        if (value instanceof JsonString text && symbols.contains(text.value())) {
            return Literal.newBuilder().setStringValue(text.value()).build();
        }
        String hint = value instanceof JsonString text ? NearestName.hint(text.value(), symbols) : "";
        throw new ValueMismatchException(path, "one of " + String.join(", ", symbols), value.described(), hint);
    }

    private static Literal record(JsonValue value, Type of, String path, boolean lenient) {
        if (!(value instanceof JsonObject object)) {
            throw unfit(value, of, path);
        }
        List<RecordField> fields = of.getRecord().getFieldsList();
        List<String> names = fields.stream().map(RecordField::getName).toList();
        for (String name : object.members().keySet()) {
            if (!names.contains(name)) {
                String expected = "the fields " + String.join(", ", names) + " of " + TypeText.render(of);
                String came = "the field " + JsonText.quote(name);
                throw new ValueMismatchException(path, expected, came, NearestName.hint(name, names));
            }
        }
        RecordLiteral.Builder record = RecordLiteral.newBuilder();
        for (RecordField field : fields) {
            Literal read = field(object.members().get(field.getName()), field, of, path, lenient);
            record.addFields(NamedLiteral.newBuilder().setName(field.getName()).setValue(read));
        }
        return Literal.newBuilder().setRecord(record).build();
    }

    private static Literal field(JsonValue value, RecordField field, Type of, String path, boolean lenient) {
        String place = path.isEmpty() ? field.getName() : path + "." + field.getName();
        if (value != null) {
            return read(value, field.getType(), place, lenient);
        }
        if (field.hasDefaultValue()) {
            return field.getDefaultValue();
        }
        String expected = "the field of " + TypeText.render(of) + ", which has no default";
        throw new ValueMismatchException(place, expected, "nothing", "");
    }

    private static Literal union(JsonValue value, Type of, String path) {
        if (value instanceof JsonObject object && object.isOf(Set.of("tag", "value"))) {
            for (UnionMember member : of.getUnion().getMembersList()) {
                if (new JsonString(member.getTag()).equals(object.members().get("tag"))) {
                    String place = path + "<" + member.getTag() + ">";
                    return tagged(member, read(object.members().get("value"), member.getType(), place, true));
                }
            }
        }
        for (boolean lenient : new boolean[] {false, true}) {
            List<Literal> fits = fits(value, of, path, lenient);
            if (fits.size() == 1) {
                return fits.get(0);
            }
            if (!fits.isEmpty()) {
                throw ambiguous(value, of, path, fits);
            }
        }
        throw unfit(value, of, path);
    }

    private static List<Literal> fits(JsonValue value, Type of, String path, boolean lenient) {
        List<Literal> fits = new ArrayList<>();
        for (UnionMember member : of.getUnion().getMembersList()) {
            try {
                fits.add(tagged(member, read(value, member.getType(), path, lenient)));
            } catch (ValueMismatchException mismatch) {
                continue;
            }
        }
        return fits;
    }

    private static ValueMismatchException ambiguous(JsonValue value, Type of, String path, List<Literal> fits) {
        List<String> tags = fits.stream().map(fit -> fit.getUnion().getTag()).toList();
        return new ValueMismatchException(
                path,
                "a value of one member of " + TypeText.render(of),
                value.described() + ", which may be " + String.join(" or ", tags) + ",",
                "Write {\"tag\": " + JsonText.quote(tags.get(0)) + ", \"value\": …}.");
    }

    private static Literal tagged(UnionMember member, Literal value) {
        return Literal.newBuilder()
                .setUnion(UnionLiteral.newBuilder().setTag(member.getTag()).setValue(value))
                .build();
    }
}
