package dev.godwit.runner;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The arguments of the program.
 *
 * @param once whether it keeps the file contract, and not the streaming protocol
 * @param durable whether files are to survive the loss of power
 * @param values of the other options, by name without hyphens
 */
record Arguments(boolean once, boolean durable, Map<String, String> values) {
    private static final Set<String> STREAM = Set.of("fd", "log-name", "disable-plugin");
    private static final Set<String> FILES = Set.of(
            "inputs",
            "outputs",
            "output-prefix",
            "checkpoint",
            "source-root",
            "attempt",
            "attempt-id",
            "execution",
            "node-path",
            "disable-plugin");

    /** The arguments are wrong. */
    static final class WrongArguments extends Exception {
        private static final long serialVersionUID = 1L;

        WrongArguments(String message) {
            super(message);
        }
    }

    /**
     * Reads arguments, each as {@code --name value} or {@code --name=value}.
     *
     * @param given the arguments
     * @return what they say
     * @throws WrongArguments they are wrong
     */
    static Arguments read(List<String> given) throws WrongArguments {
        boolean once = given.contains("--once");
        boolean durable = false;
        Map<String, String> values = new HashMap<>();
        Iterator<String> waiting = given.iterator();
        while (waiting.hasNext()) {
            String argument = waiting.next();
            int equals = argument.indexOf('=');
            String option = equals < 0 ? argument : argument.substring(0, equals);
            if (option.equals("--once")) {
                continue;
            }
            if (option.equals("--durable")) {
                durable = true;
                continue;
            }
            String name = option.startsWith("--") ? option.substring(2) : "";
            if (!(once ? FILES : STREAM).contains(name)) {
                throw new WrongArguments("unknown argument " + argument);
            }
            if (equals < 0 && !waiting.hasNext()) {
                throw new WrongArguments(option + " needs a value");
            }
            values.put(name, equals < 0 ? waiting.next() : argument.substring(equals + 1));
        }
        Arguments read = new Arguments(once, durable, Map.copyOf(values));
        read.check();
        return read;
    }

    private void check() throws WrongArguments {
        if (once && (!values.containsKey("inputs") || !values.containsKey("outputs"))) {
            throw new WrongArguments("--once needs --inputs FOLDER and --outputs FOLDER");
        }
        if (!once && !values.getOrDefault("fd", "").equals("0")) {
            throw new WrongArguments("expected --once, or --fd 0 with a socket as standard input");
        }
    }

    /**
     * The value of an option.
     *
     * @param name without hyphens
     * @return the value; empty where it is not given, or empty
     */
    Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
    }
}
