package dev.godwit.conformance;

import dev.godwit.authoring.Bundles;
import dev.godwit.authoring.DeclaredEntities;
import dev.godwit.idl.core.v1.Bundle;

/** The scenarios, each declared by a class of its name: {@code branch_cases} by {@code BranchCasesScenario}. */
final class Scenarios {
    private static final String PACKAGE = Scenarios.class.getPackageName() + ".scenarios.";

    private Scenarios() {}

    /**
     * The specs of a scenario.
     *
     * @param name its name
     * @return what its class declares
     * @throws UnsupportedRequest there is no such class
     */
    static Bundle bundle(String name) {
        try {
            return Bundles.of(DeclaredEntities.of(Class.forName(PACKAGE + className(name))));
        } catch (ClassNotFoundException error) {
            throw new UnsupportedRequest("a scenario " + name);
        }
    }

    private static String className(String name) {
        StringBuilder made = new StringBuilder();
        for (String word : name.split("_", -1)) {
            made.append(word.isEmpty() ? "" : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return made.append("Scenario").toString();
    }
}
