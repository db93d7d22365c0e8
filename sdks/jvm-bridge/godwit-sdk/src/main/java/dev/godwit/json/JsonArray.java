package dev.godwit.json;

import java.util.List;

/**
 * Values in order.
 *
 * @param items the values
 */
public record JsonArray(List<JsonValue> items) implements JsonValue {
    /**
     * Keeps a copy.
     *
     * @param items the values
     */
    public JsonArray {
        items = List.copyOf(items);
    }

    @Override
    public String described() {
        return "a list of " + items.size() + " items";
    }
}
