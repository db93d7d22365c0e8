package dev.godwit.json;

import dev.godwit.errors.ValueMismatchException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The facts of a file, a directory, a table or a reference, as they are read. */
final class Reading {
    private final Map<String, JsonValue> members;
    private final String path;

    Reading(JsonValue value, String what, String path, String... names) {
        this.path = path;
        if (!(value instanceof JsonObject object)) {
            throw new ValueMismatchException(path, what + ": its uri, or an object with it", value.described(), "");
        }
        members = object.members();
        List<String> known = List.of(names);
        for (String name : members.keySet()) {
            if (!known.contains(name)) {
                throw new ValueMismatchException(
                        path,
                        what + " of " + String.join(", ", known),
                        "the name " + JsonText.quote(name),
                        NearestName.hint(name, known));
            }
        }
    }

    private ValueMismatchException wrong(String name, String expected, String came) {
        return new ValueMismatchException(path.isEmpty() ? name : path + "." + name, expected, came, "");
    }

    String text(String name) {
        JsonValue value = members.get(name);
        if (value == null) {
            return "";
        }
        if (value instanceof JsonString text) {
            return text.value();
        }
        throw wrong(name, "text", value.described());
    }

    String uri() {
        String uri = text("uri");
        if (uri.isEmpty()) {
            throw wrong("uri", "a uri", "nothing");
        }
        return uri;
    }

    String digest() {
        return JsonPlaces.checkedDigest(text("digest"), path);
    }

    OptionalLong count(String name) {
        JsonValue value = members.get(name);
        if (value == null) {
            return OptionalLong.empty();
        }
        OptionalLong count = value instanceof JsonNumber number ? number.toLong() : OptionalLong.empty();
        if (count.isEmpty() || count.getAsLong() < 0) {
            throw wrong(name, "an integer, 0 or more", value.described());
        }
        return count;
    }

    List<JsonValue> list(String name) {
        JsonValue value = members.get(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof JsonArray array) {
            return array.items();
        }
        throw wrong(name, "a list", value.described());
    }

    Optional<JsonValue> value(String name) {
        return Optional.ofNullable(members.get(name));
    }
}
