package dev.godwit.json;

import dev.godwit.digest.Scalars;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads JSON text. It keeps the text of numbers, and refuses names that stand twice. */
final class JsonParser {
    private static final Pattern NUMBER = Pattern.compile("-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+");

    private final String source;
    private final int limit;
    private final Matcher number;
    private int at;

    JsonParser(String source, int limit) {
        this.source = source;
        this.limit = limit;
        this.number = NUMBER.matcher(source);
    }

    JsonValue whole() {
        JsonValue value = value(1);
        if (at < source.length()) {
            throw wrong("the end was expected");
        }
        return value;
    }

    private JsonTextException wrong(String what) {
        return new JsonTextException("no JSON at character " + at + ": " + what);
    }

    private JsonValue value(int depth) {
        if (depth > limit) {
            throw new JsonTextException("JSON nested deeper than " + limit);
        }
        skipSpace();
        JsonValue value = bare(depth);
        skipSpace();
        return value;
    }

    private JsonValue bare(int depth) {
        if (accept('{')) {
            return object(depth);
        }
        if (accept('[')) {
            return array(depth);
        }
        if (accept('"')) {
            return new JsonString(string());
        }
        if (word("null")) {
            return new JsonNull();
        }
        if (word("true")) {
            return new JsonBoolean(true);
        }
        if (word("false")) {
            return new JsonBoolean(false);
        }
        return number();
    }

    private JsonNumber number() {
        if (!number.region(at, source.length()).lookingAt()) {
            throw wrong("a value was expected");
        }
        at = number.end();
        JsonNumber made = new JsonNumber(number.group());
        if (!made.isInteger() && Double.isInfinite(made.toDouble())) {
            throw new JsonTextException("the JSON number " + made.text() + " is beyond binary64");
        }
        return made;
    }

    private JsonArray array(int depth) {
        List<JsonValue> items = new ArrayList<>();
        skipSpace();
        if (accept(']')) {
            return new JsonArray(items);
        }
        do {
            items.add(value(depth + 1));
        } while (accept(','));
        expect(']');
        return new JsonArray(items);
    }

    private JsonObject object(int depth) {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        skipSpace();
        if (accept('}')) {
            return new JsonObject(members);
        }
        do {
            skipSpace();
            expect('"');
            String name = string();
            skipSpace();
            expect(':');
            if (members.putIfAbsent(name, value(depth + 1)) != null) {
                throw new JsonTextException("the name " + JsonText.quote(name) + " stands twice in one JSON object");
            }
        } while (accept(','));
        expect('}');
        return new JsonObject(members);
    }

    private String string() {
        StringBuilder made = new StringBuilder();
        while (true) {
            char unit = next();
            if (unit == '"') {
                break;
            }
            if (unit < ' ') {
                throw wrong("a control character in a text");
            }
            made.append(unit == '\\' ? escape() : unit);
        }
        if (!Scalars.isUnicode(made.toString())) {
            throw new JsonTextException("a lone surrogate is no Unicode text");
        }
        return made.toString();
    }

    private char escape() {
        char unit = next();
        return switch (unit) {
            case '"', '\\', '/' -> unit;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw wrong("no such escape");
        };
    }

    private char unicode() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = hexadecimal(next());
            if (digit < 0) {
                throw wrong("four hexadecimal digits were expected");
            }
            value = value << 4 | digit;
        }
        return (char) value;
    }

    private static int hexadecimal(char unit) {
        return unit < 128 ? Character.digit(unit, 16) : -1;
    }

    private char next() {
        if (at >= source.length()) {
            throw wrong("the text ends too early");
        }
        return source.charAt(at++);
    }

    private boolean word(String word) {
        if (!source.startsWith(word, at)) {
            return false;
        }
        at += word.length();
        return true;
    }

    private boolean accept(char unit) {
        if (at >= source.length() || source.charAt(at) != unit) {
            return false;
        }
        at++;
        return true;
    }

    private void expect(char unit) {
        if (!accept(unit)) {
            throw wrong(unit + " was expected");
        }
    }

    private void skipSpace() {
        while (at < source.length() && " \t\n\r".indexOf(source.charAt(at)) >= 0) {
            at++;
        }
    }
}
