package dev.godwit.runner;

import dev.godwit.authoring.ClassIndex;
import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.Bundle;
import dev.godwit.runtime.Declarations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Writes the specs of what a jar declares: {@code java -cp RUNNER dev.godwit.runner.Serialize JAR FILE}. For jars that hold
 * no specs.
 */
public final class Serialize {
    private static final int WRONG_ARGUMENTS = 2;
    private static final int ARGUMENTS = 2;

    private Serialize() {}

    /**
     * Runs the program, and ends the process: 0; 1 where a declaration is wrong, which is said on standard error.
     *
     * @param arguments the jar, and the file to write
     * @throws IOException the file cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != ARGUMENTS) {
            System.err.println("expected a jar and a file to write");
            System.exit(WRONG_ARGUMENTS);
        }
        try {
            Files.write(Path.of(arguments[1]), bundle(arguments[0]).toByteArray());
        } catch (GodwitException error) {
            System.err.println(error.code() + ": " + error.getMessage() + " " + error.hint());
            System.exit(1);
        }
        System.exit(0);
    }

    /**
     * The specs of what a jar declares.
     *
     * @param jar its path
     * @return the specs
     * @throws GodwitException a class is missing, or a declaration is wrong
     */
    static Bundle bundle(String jar) {
        ClassLoader classes = TaskClasses.of(jar);
        Thread.currentThread().setContextClassLoader(classes);
        Declarations declarations = ServiceLoader.load(Declarations.class, classes)
                .findFirst()
                .orElseThrow(() -> new GodwitException(
                        "NOT_SERIALIZABLE", "Nothing here makes specs of classes.", "Put godwit-sdk into the jar."));
        List<Class<?>> declaring = new ArrayList<>();
        for (String name : ClassIndex.of(Path.of(jar), classes)) {
            declaring.add(load(name, classes, jar));
        }
        if (declaring.isEmpty()) {
            throw new GodwitException(
                    "JAR_WITHOUT_TASKS",
                    "No class of " + jar + " declares a task, workflow or launch plan.",
                    "Hold them in static fields.");
        }
        return declarations.bundle(declaring);
    }

    private static Class<?> load(String name, ClassLoader classes, String jar) {
        try {
            return Class.forName(name, true, classes);
        } catch (ClassNotFoundException error) {
            throw RunnerException.load(
                    "The index of " + jar + " names the class " + name + ", which is not there.",
                    "Build it again.",
                    error);
        } catch (LinkageError error) {
            throw RunnerException.load("Loading " + name + " of " + jar + " raised " + error + ".", "", error);
        }
    }
}
