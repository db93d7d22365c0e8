package dev.godwit.testing;

import dev.godwit.errors.GodwitException;
import dev.godwit.runtime.CurrentContext;
import dev.godwit.runtime.TaskContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** What a task can ask that runs in place. */
final class PlaceContext implements TaskContext {
    private final Path folder;
    private final String node;
    private final Map<String, String> secrets;

    private PlaceContext(Path folder, String node, Map<String, String> secrets) {
        this.folder = folder;
        this.node = node;
        this.secrets = secrets;
    }

    static CurrentContext.Scope enter(Path folder, String node, Map<String, String> secrets) {
        return CurrentContext.enter(new PlaceContext(folder, node, secrets));
    }

    @Override
    public String attemptId() {
        return "in-place/" + node + "/1";
    }

    @Override
    public int attempt() {
        return 1;
    }

    @Override
    public String execution() {
        return "";
    }

    @Override
    public String nodePath() {
        return node;
    }

    private Path made(String name) {
        Path path = folder.resolve("work").resolve(node.replaceAll("[^A-Za-z0-9.-]", "_"));
        try {
            return Files.createDirectories(path).resolve(name);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Override
    public Path checkpoint() {
        try {
            return Files.createDirectories(made("checkpoint"));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Override
    public Path report() {
        return made("report.html");
    }

    @Override
    public void link(String name, String url) {
        if (name.isEmpty() || url.isEmpty()) {
            throw new GodwitException("INVALID_INPUT", "A link needs a name and a url.", "Give both.");
        }
    }

    @Override
    public String secret(String name) {
        String value = secrets.get(name);
        if (value == null) {
            throw new GodwitException(
                    "SECRET_NOT_FOUND",
                    "There is no secret " + name + " in place.",
                    "Give it: InPlace.secret(name, value).");
        }
        return value;
    }

    @Override
    public Optional<String> environment(String name) {
        return Optional.ofNullable(System.getenv(name));
    }
}
