package dev.godwit.conformance;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What of this SDK lies where. */
final class Machine {
    private static final String RUNNER = "GODWIT_JVM_RUNNER";

    private Machine() {}

    /**
     * What a backend starts to run a task: this Java with the jar of the runner, that of the environment or the one that
     * was built beside this one.
     *
     * @return the command, without the arguments of the contract
     */
    static List<String> runner() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String named = System.getenv(RUNNER);
        Path jar = named != null ? Path.of(named) : built();
        if (!Files.isRegularFile(jar)) {
            throw new IllegalStateException(
                    "there is no runner " + jar + ": `make jvm-conformance` builds it, or " + RUNNER + " names it");
        }
        return List.of(java, "-jar", jar.toString());
    }

    /** From {@code conformance-executor/target/X.jar} to {@code godwit-runner/target}. */
    private static Path built() {
        Path modules = ownJar().resolveSibling("../..").normalize();
        return modules.resolve("godwit-runner/target/godwit-runner-0.1.0-all.jar");
    }

    /**
     * The jar, or folder, that holds the tasks.
     *
     * @return its path
     */
    static Path ownJar() {
        try {
            return Path.of(Machine.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException error) {
            throw new IllegalStateException("a jar's place is a uri", error);
        }
    }
}
