package dev.godwit.testing;

import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.Expression;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The values that are known at a place of a workflow that runs. */
final class Scope {
    private final Scope outer;
    private final Map<String, Typed> values = new HashMap<>();
    private final Map<String, Runnable> pending = new LinkedHashMap<>();

    Scope(Scope outer) {
        this.outer = outer;
    }

    /** A node that runs when it is needed, at the latest in the end. */
    void declare(String node, Runnable work) {
        pending.put(node, work);
    }

    /** Runs a node if it has not run. */
    void require(String node) {
        for (Scope at = this; at != null; at = at.outer) {
            Runnable work = at.pending.remove(node);
            if (work != null) {
                work.run();
                return;
            }
        }
    }

    /** Runs what is left. */
    void finish() {
        while (!pending.isEmpty()) {
            require(pending.keySet().iterator().next());
        }
    }

    void input(String name, Typed value) {
        values.put("input " + name, value);
    }

    void output(String node, String name, Typed value) {
        values.put("output " + node + " " + name, value);
    }

    void item(String name, Typed value) {
        values.put("item " + name, value);
    }

    void error(Typed value) {
        values.put("error", value);
    }

    /** The value of a reference. */
    Typed find(Expression reference) {
        String key = switch (reference.getKindCase()) {
            case WORKFLOW_INPUT -> "input " + reference.getWorkflowInput();
            case NODE_OUTPUT ->
                "output " + reference.getNodeOutput().getNodeId() + " "
                        + reference.getNodeOutput().getOutput();
            case MAP_ITEM -> "item " + reference.getMapItem();
            case HANDLED_ERROR -> "error";
            default -> throw new IllegalArgumentException(reference.getKindCase() + " refers to nothing");
        };
        if (reference.hasNodeOutput()) {
            require(reference.getNodeOutput().getNodeId());
        }
        for (Scope at = this; at != null; at = at.outer) {
            Typed found = at.values.get(key);
            if (found != null) {
                return found;
            }
        }
        throw new GodwitException("CYCLE", "The " + key + " depends on itself.", "Remove one of the dependencies.");
    }
}
