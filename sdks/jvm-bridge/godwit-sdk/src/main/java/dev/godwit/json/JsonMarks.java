package dev.godwit.json;

import java.util.Set;

/** The objects that the mapping marks: those whose names are exactly one of these sets. */
final class JsonMarks {
    static final Set<String> REFERENCE = Set.of("@reference");
    static final Set<String> HASHED = Set.of("@hash", "@value");
    static final Set<String> JSON = Set.of("@json");

    private JsonMarks() {}

    static boolean isMarked(Set<String> names) {
        return names.equals(REFERENCE) || names.equals(HASHED) || names.equals(JSON);
    }
}
