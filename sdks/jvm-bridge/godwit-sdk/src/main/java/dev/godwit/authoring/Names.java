package dev.godwit.authoring;

import java.util.regex.Pattern;

/** Names of entities. */
final class Names {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]*(\\.[A-Za-z_][A-Za-z0-9_-]*)*");
    private static final int LONGEST = 512;

    private Names() {}

    static String checked(String name) {
        if (name.length() > LONGEST || !NAME.matcher(name).matches()) {
            throw new DeclarationException(
                    "INVALID_NAME",
                    "Expected a dotted name of letters, digits, underscores and hyphens, got " + name + ".",
                    "Name it as classes are: dev.example.greet.");
        }
        return name;
    }
}
