package dev.godwit.castability;

import dev.godwit.idl.core.v1.Type;
import dev.godwit.json.JsonArray;
import dev.godwit.json.JsonObject;
import dev.godwit.json.JsonString;
import dev.godwit.json.JsonText;
import dev.godwit.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The table, which is data: {@code castability.json}, the same file for every SDK. */
final class CastTable {
    /** A row: its level, and the name of its condition; empty without one. */
    record Row(Level level, String condition) {}

    private record Pair(String from, String to) {}

    private static final String SIMPLE_PREFIX = "SIMPLE_TYPE_";

    private final Map<Pair, Row> rows = new HashMap<>();

    private CastTable(JsonObject data) {
        for (JsonValue name : items(data, "identity")) {
            rows.put(new Pair(text(name), text(name)), new Row(Level.SAME, ""));
        }
        for (JsonValue item : items(data, "rows")) {
            Map<String, JsonValue> row = ((JsonObject) item).members();
            Level level = Level.valueOf(text(row.get("level")).toUpperCase(Locale.ROOT));
            String condition = row.containsKey("when") ? text(row.get("when")) : "";
            rows.put(new Pair(text(row.get("from")), text(row.get("to"))), new Row(level, condition));
        }
    }

    private static Iterable<JsonValue> items(JsonObject data, String name) {
        return ((JsonArray) data.members().get(name)).items();
    }

    private static String text(JsonValue value) {
        return ((JsonString) value).value();
    }

    Optional<Row> row(Type from, Type to) {
        return Optional.ofNullable(rows.get(new Pair(kind(from), kind(to))));
    }

    /** The name of a type's kind as the table has it: {@code int}, {@code list}, {@code union}. */
    static String kind(Type of) {
        String name = of.hasSimple() ? of.getSimple().name() : of.getKindCase().name();
        String bare = name.startsWith(SIMPLE_PREFIX) ? name.substring(SIMPLE_PREFIX.length()) : name;
        return bare.toLowerCase(Locale.ROOT);
    }

    /** The table that comes with the messages. */
    static CastTable load() {
        try (InputStream stream = Type.class.getResourceAsStream("/dev/godwit/idl/castability.json")) {
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return new CastTable((JsonObject) JsonText.parse(text));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
