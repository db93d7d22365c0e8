package dev.godwit.digest;

import dev.godwit.json.JsonArray;
import dev.godwit.json.JsonBoolean;
import dev.godwit.json.JsonNull;
import dev.godwit.json.JsonNumber;
import dev.godwit.json.JsonObject;
import dev.godwit.json.JsonString;
import dev.godwit.json.JsonValue;

/** The encoding of parsed JSON. */
final class JsonEncoding {
    private JsonEncoding() {}

    static Encoder fill(Encoder to, JsonValue value) {
        if (value instanceof JsonNull) {
            return to.tag('n');
        }
        if (value instanceof JsonBoolean truth) {
            return to.tag('b').u8(truth.value() ? 1 : 0);
        }
        if (value instanceof JsonNumber number) {
            return number.isInteger()
                    ? to.tag('I').text(number.text().equals("-0") ? "0" : number.text())
                    : to.tag('f').binary64(number.toDouble());
        }
        if (value instanceof JsonString text) {
            return to.tag('s').text(text.value());
        }
        if (value instanceof JsonArray array) {
            to.tag('l').i64(array.items().size());
            array.items().forEach(item -> fill(to, item));
            return to;
        }
        KeyedPieces pieces = new KeyedPieces("name");
        ((JsonObject) value)
                .members()
                .forEach((name, inner) ->
                        pieces.add(name, fill(new Encoder(), inner).made()));
        return pieces.into(to.tag('m'));
    }
}
