package dev.godwit.cli;

import dev.godwit.errors.GodwitException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * {@code serialize SOURCE [-o FILE] [--check]} writes the specs of a jar or folder of classes; {@code run SOURCE ENTITY
 * [--NAME VALUE …]} runs one in place.
 */
public final class Main {
    private static final String USAGE = """
            usage: godwit-jvm serialize SOURCE [-o FILE] [--check]
                   godwit-jvm run SOURCE ENTITY [--INPUT VALUE ...]

            SOURCE is a jar, or a folder of classes, whose classes and libraries are on the class path.

            serialize  writes the specs of what it declares to FILE. Without -o, a folder gets the entries
                       META-INF/godwit/bundle.pb and META-INF/godwit/index, as a build wants them.
                       --check writes nothing, and fails where they differ from what is there.
            run        runs a task, workflow or launch plan in this process, and prints its outputs as JSON.
            """;
    private static final int WRONG_ARGUMENTS = 2;

    private Main() {}

    /**
     * Runs the program, and ends the process: 0; 1 where something is wrong; 2 with wrong arguments.
     *
     * @param arguments of the program
     */
    public static void main(String[] arguments) {
        int status = run(List.of(arguments), System.out, System.err);
        if (status != 0) {
            System.exit(status); // a build that calls this class goes on where all is well
        }
    }

    /**
     * Runs the program.
     *
     * @param arguments of the program
     * @param out what was asked for
     * @param err what went wrong
     * @return the exit status
     */
    public static int run(List<String> arguments, PrintStream out, PrintStream err) {
        Deque<String> left = new ArrayDeque<>(arguments);
        String command = left.isEmpty() ? "--help" : left.poll();
        try {
            switch (command) {
                case "serialize" -> Serialize.run(left, out);
                case "run" -> Run.run(left, out);
                case "--help", "-h", "help" -> out.print(USAGE);
                default -> throw new WrongArguments("there is no command " + command);
            }
            return 0;
        } catch (WrongArguments error) {
            err.println("error: " + error.getMessage());
            err.print(USAGE);
            return WRONG_ARGUMENTS;
        } catch (GodwitException error) {
            err.println("error " + error.code() + ": " + error.getMessage());
            if (!error.hint().isEmpty()) {
                err.println("  " + error.hint());
            }
            return 1;
        } catch (IOException error) {
            err.println("error: " + error);
            return 1;
        }
    }

    /** The arguments are wrong. */
    static final class WrongArguments extends RuntimeException {
        private static final long serialVersionUID = 1L;

        WrongArguments(String message) {
            super(message);
        }
    }
}
