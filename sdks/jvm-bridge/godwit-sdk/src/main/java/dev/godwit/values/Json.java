package dev.godwit.values;

import dev.godwit.json.JsonText;
import dev.godwit.json.JsonValue;

/**
 * Any JSON value, null included.
 *
 * @param text JSON text, strict
 */
public record Json(String text) {
    /**
     * Checks the text.
     *
     * @param text JSON text, strict
     * @throws dev.godwit.json.JsonTextException it is not
     */
    public Json {
        JsonText.parse(text);
    }

    /**
     * The JSON of a value.
     *
     * @param value parsed JSON
     * @return its text
     */
    public static Json of(JsonValue value) {
        return new Json(JsonText.write(value));
    }

    /**
     * The parsed value.
     *
     * @return the value
     */
    public JsonValue value() {
        return JsonText.parse(text);
    }
}
