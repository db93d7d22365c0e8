package dev.godwit.runner;

import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.EnvironmentVariable;
import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.idl.runner.v1.Attempt;
import dev.godwit.runtime.TaskContext;
import dev.godwit.values.Data;
import dev.godwit.values.LocalData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a running task can know, of one attempt. */
final class AttemptContext implements TaskContext {
    private final Attempt attempt;
    private final TaskSpec spec;
    private final Data data;
    private final Surroundings surroundings;
    private final Map<String, String> environment;
    private final Secrets secrets;
    private Path report;

    /**
     * The context of an attempt.
     *
     * @param attempt the attempt
     * @param spec of its task
     * @param data where it keeps files
     * @param surroundings where it runs
     */
    AttemptContext(Attempt attempt, TaskSpec spec, Data data, Surroundings surroundings) {
        this.attempt = attempt;
        this.spec = spec;
        this.data = data;
        this.surroundings = surroundings;
        this.environment = surroundings.environment();
        this.secrets = new Secrets(spec.getSecretsList(), environment);
    }

    @Override
    public String attemptId() {
        return attempt.getId();
    }

    @Override
    public int attempt() {
        return attempt.getAttempt();
    }

    @Override
    public String execution() {
        return attempt.getExecution();
    }

    @Override
    public String nodePath() {
        return attempt.getNodePath();
    }

    @Override
    public Path checkpoint() {
        if (attempt.getCheckpointPrefix().isEmpty()) {
            throw new GodwitException("NOT_IN_TASK", "No checkpoint is kept here.", "Run the task in a workflow.");
        }
        try {
            return Files.createDirectories(LocalData.path(attempt.getCheckpointPrefix()));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Override
    public synchronized Path report() {
        if (report == null) {
            report = surroundings.report().orElseGet(() -> data.create("report.html"));
        }
        return report;
    }

    /**
     * Keeps the report.
     *
     * @return where; empty where there is none, or where it is in its place already
     */
    synchronized Optional<String> keptReport() {
        if (report == null || surroundings.report().isPresent() || !Files.isRegularFile(report)) {
            return Optional.empty();
        }
        return Optional.of(data.publish(report).uri());
    }

    @Override
    public void link(String name, String url) {
        if (name == null || name.isEmpty() || url == null || url.isEmpty()) {
            throw new GodwitException("INVALID_INPUT", "A link has a name and a url; one of them is empty.", "");
        }
        surroundings.links().tell(attempt.getId(), name, url);
    }

    @Override
    public String secret(String name) {
        return secrets.get(name);
    }

    @Override
    public Optional<String> environment(String name) {
        return find(attempt.getEnvironmentList(), name)
                .or(() -> secrets.inVariable(name))
                .or(() -> find(spec.getEnvironmentList(), name))
                .or(() -> Optional.ofNullable(environment.get(name)));
    }

    private static Optional<String> find(List<EnvironmentVariable> variables, String name) {
        return variables.stream()
                .filter(one -> one.getName().equals(name))
                .map(EnvironmentVariable::getValue)
                .findFirst();
    }
}
