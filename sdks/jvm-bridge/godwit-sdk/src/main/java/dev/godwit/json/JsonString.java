package dev.godwit.json;

/**
 * Text.
 *
 * @param value without quotes, escapes resolved
 */
public record JsonString(String value) implements JsonValue {
    private static final int SHOWN = 60;

    @Override
    public String described() {
        if (value.length() <= SHOWN) {
            return "the text " + JsonText.quote(value);
        }
        String quoted = JsonText.quote(value.substring(0, SHOWN));
        return "the text " + quoted.substring(0, quoted.length() - 1) + "…";
    }
}
