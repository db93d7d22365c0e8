package dev.godwit.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Names with values.
 *
 * @param members in their order
 */
public record JsonObject(Map<String, JsonValue> members) implements JsonValue {
    /**
     * Keeps a copy.
     *
     * @param members in their order
     */
    public JsonObject {
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    /**
     * Whether it has just these names.
     *
     * @param names the names
     * @return whether it has them all, and no other
     */
    boolean isOf(Set<String> names) {
        return members.keySet().equals(names);
    }

    @Override
    public String described() {
        return "an object of " + members.size() + " names";
    }
}
