package dev.godwit.runner;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.idl.core.v1.Link;
import dev.godwit.idl.core.v1.Links;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.NamedLiterals;
import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.idl.runner.v1.Attempt;
import dev.godwit.idl.runner.v1.OutputValue;
import dev.godwit.idl.runner.v1.Result;
import dev.godwit.values.LocalData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The file contract: one attempt, inputs from a folder, outputs or the error into another, as a whole or not at all. */
final class Once {
    private static final List<String> RANKS = List.of("GODWIT_WORKER_RANK", "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK");
    private static final long TASK = 1;
    private static final int FAILED = 1;

    private final Arguments arguments;
    private final Path outputs;
    private final Optional<Integer> rank;
    private final Map<String, String> links = new LinkedHashMap<>();

    /**
     * An attempt.
     *
     * @param arguments of the program
     * @param environment of the process
     * @throws Arguments.WrongArguments a number is none
     */
    Once(Arguments arguments, Map<String, String> environment) throws Arguments.WrongArguments {
        this.arguments = arguments;
        this.outputs = Path.of(arguments.values().get("outputs")).toAbsolutePath();
        Optional<String> variable =
                RANKS.stream().filter(environment::containsKey).findFirst();
        this.rank = variable.isEmpty()
                ? Optional.empty()
                : Optional.of(number(variable.get(), environment.get(variable.get())));
        number("--attempt", arguments.value("attempt").orElse("1"));
    }

    private static int number(String name, String text) throws Arguments.WrongArguments {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException error) {
            throw new Arguments.WrongArguments(name + " is no number: " + text);
        }
    }

    private boolean isFirst() {
        return rank.isEmpty() || rank.get() == 0;
    }

    /**
     * Runs the attempt and leaves its file.
     *
     * @return the exit status: 0 for outputs, 1 for an error
     * @throws IOException the file cannot be written
     */
    int run() throws IOException {
        Files.createDirectories(outputs);
        Session session = new Session();
        Result.Builder result;
        try {
            Attempt attempt = read(session);
            result = Attempts.run(session, attempt, surroundings());
        } catch (IOException error) {
            RunnerException unread = RunnerException.load(
                    "The inputs in " + arguments.values().get("inputs") + " cannot be read: " + error + ".", "", error);
            result = Result.newBuilder().setError(Failures.describe(unread));
        }
        System.out.flush();
        System.err.flush();
        if (Termination.isUnderWay()) {
            return FAILED; // an attempt that was told to end leaves no file
        }
        if (result.hasError()) {
            writeError(result.getError());
            return FAILED;
        }
        if (isFirst()) {
            writeOutputs(result.getOutputsList());
        }
        return 0;
    }

    private Attempt read(Session session) throws IOException {
        Path inputs = Path.of(arguments.values().get("inputs")).toAbsolutePath();
        TaskSpec spec = TaskSpec.parseFrom(Files.readAllBytes(inputs.resolve("task.pb")));
        session.prepare(TASK, spec, arguments.value("source-root").orElse(""));
        Attempt.Builder attempt = Attempt.newBuilder()
                .setId(arguments.value("attempt-id").orElse("once"))
                .setTask(TASK)
                .setInputs(ByteString.copyFrom(Files.readAllBytes(inputs.resolve("inputs.pb"))))
                .setOutputPrefix(
                        arguments.value("output-prefix").orElseGet(() -> LocalData.uri(outputs.resolve("data"))))
                .setAttempt(
                        Integer.parseInt(arguments.value("attempt").orElse("1").strip()))
                .setExecution(arguments.value("execution").orElse(""))
                .setNodePath(arguments.value("node-path").orElse(""));
        arguments.value("checkpoint").ifPresent(folder -> attempt.setCheckpointPrefix(LocalData.uri(Path.of(folder))));
        return attempt.build();
    }

    /** Of several workers the first alone leaves a report, and tells links. */
    private Surroundings surroundings() {
        if (!isFirst()) {
            return new Surroundings(Optional.empty(), (attempt, name, url) -> {}, System.getenv());
        }
        return new Surroundings(Optional.of(outputs.resolve("report.html")), this::link, System.getenv());
    }

    private synchronized void link(String attempt, String name, String url) {
        links.put(name, url);
        Links.Builder message = Links.newBuilder();
        links.forEach(
                (key, value) -> message.addLinks(Link.newBuilder().setName(key).setUrl(value)));
        try {
            write("links.pb", message.build());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private void writeOutputs(List<OutputValue> values) throws IOException {
        NamedLiterals.Builder message = NamedLiterals.newBuilder();
        for (OutputValue value : values) {
            message.addValues(
                    NamedLiteral.newBuilder().setName(value.getName()).setValue(Literal.parseFrom(value.getValue())));
        }
        write("outputs.pb", message.build());
    }

    private void writeError(ExecutionError error) throws IOException {
        if (rank.isEmpty()) {
            write("error.pb", error);
        } else {
            String worker = Integer.toString(rank.get());
            write("error-" + worker + ".pb", error.toBuilder().setWorker(worker).build());
        }
    }

    /** Writes a file under another name, and renames it. */
    private void write(String name, MessageLite message) throws IOException {
        Path partial =
                outputs.resolve("." + name + "." + ProcessHandle.current().pid());
        Files.write(partial, message.toByteArray());
        if (arguments.durable()) {
            try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        }
        Files.move(partial, outputs.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
