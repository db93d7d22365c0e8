package dev.godwit.testing;

import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.LaunchPlanSpec;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.NamedLiterals;
import java.util.LinkedHashMap;
import java.util.Map;

/** The inputs of a workflow that is launched. */
final class LaunchInputs {
    private LaunchInputs() {}

    static NamedLiterals of(LaunchPlanSpec plan, NamedLiterals given) {
        Map<String, NamedLiteral> all = new LinkedHashMap<>();
        plan.getDefaultInputsList().forEach(one -> all.put(one.getName(), one));
        given.getValuesList().forEach(one -> all.put(one.getName(), one));
        for (NamedLiteral fixed : plan.getFixedInputsList()) {
            NamedLiteral before = all.put(fixed.getName(), fixed);
            if (before != null && !before.equals(fixed)) {
                throw new GodwitException(
                        "FIXED_INPUT",
                        "Input " + fixed.getName() + " of " + plan.getId().getName() + " is fixed.",
                        "Leave it out, or run the workflow itself.");
            }
        }
        return NamedLiterals.newBuilder().addAllValues(all.values()).build();
    }
}
