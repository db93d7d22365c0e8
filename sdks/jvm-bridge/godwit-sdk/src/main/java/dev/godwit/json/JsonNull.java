package dev.godwit.json;

/** JSON's null. */
public record JsonNull() implements JsonValue {
    @Override
    public String described() {
        return "null";
    }
}
