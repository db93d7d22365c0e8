package dev.godwit.authoring;

import java.util.LinkedHashMap;
import java.util.Map;

/** What all blocks of one workflow share while its body is traced: the numbers of its nodes, and what they call. */
final class Trace {
    private final Map<String, Callee<?, ?>> callees = new LinkedHashMap<>();
    private int next;

    String nextId() {
        return "n" + next++;
    }

    void calls(Callee<?, ?> callee) {
        callees.put(callee.target().getKindCase() + " " + callee.name(), callee);
    }

    Iterable<Callee<?, ?>> callees() {
        return callees.values();
    }
}
