package dev.godwit.json;

/**
 * True or false.
 *
 * @param value which
 */
public record JsonBoolean(boolean value) implements JsonValue {
    @Override
    public String described() {
        return value ? "true" : "false";
    }
}
