package dev.godwit.json;

/** A JSON value as it stands in its text: integers of any length, names in their order. */
public sealed interface JsonValue permits JsonNull, JsonBoolean, JsonNumber, JsonString, JsonArray, JsonObject {
    /**
     * The value as a noun for messages: {@code the text "abc"}, {@code null}, {@code a list of 3 items}.
     *
     * @return a few words
     */
    String described();
}
