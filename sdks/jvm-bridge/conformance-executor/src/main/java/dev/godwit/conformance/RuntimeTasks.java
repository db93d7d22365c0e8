package dev.godwit.conformance;

import dev.godwit.errors.NonRecoverableException;
import dev.godwit.idl.conformance.v1.TaskDescription;
import dev.godwit.idl.core.v1.EntityId;
import dev.godwit.idl.core.v1.Program;
import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.interfaces.Inputs;
import dev.godwit.interfaces.Interfaces;
import dev.godwit.interfaces.Outputs;
import dev.godwit.runtime.RunnableTask;
import dev.godwit.runtime.TaskContext;
import dev.godwit.types.Default;
import dev.godwit.types.Unwrapped;
import dev.godwit.values.Codecs;
import dev.godwit.values.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The tasks of the runtime level: {@code conformance/runtime/README.md} says what they do. */
final class RuntimeTasks {
    record Nothing() {}

    record Addition(long a, @Default("2") long b) {}

    record Point(long y, long x) {}

    sealed interface Choice permits Number, Text {}

    @Unwrapped
    record Number(long value) implements Choice {}

    @Unwrapped
    record Text(String value) implements Choice {}

    record Echo(Point point, List<String> tags, Choice choice, Optional<String> note) {}

    record Message(String message) {}

    record Status(long status) {}

    record Counting(boolean fail) {}

    record Repetition(String text, long times) {}

    record SomeText(String text) {}

    record Numbers(List<Double> numbers) {}

    record OfFile(File file) {}

    static final RunnableTask ADD =
            new FunctionTask<>(Addition.class, long.class, given -> Math.addExact(given.a(), given.b()));
    static final RunnableTask ECHO = new FunctionTask<>(Echo.class, Echo.class, given -> given);
    static final RunnableTask FAIL = new FunctionTask<>(Message.class, long.class, RuntimeTasks::fail);
    static final RunnableTask FAIL_FOR_GOOD = new FunctionTask<>(Message.class, long.class, RuntimeTasks::failForGood);
    static final RunnableTask CRASH = new FunctionTask<>(Status.class, long.class, RuntimeTasks::crash);
    static final RunnableTask RANK = new FunctionTask<>(Nothing.class, long.class, RuntimeTasks::rank);
    static final RunnableTask COUNT = new FunctionTask<>(Counting.class, long.class, RuntimeTasks::count);
    static final RunnableTask REPEAT = new FunctionTask<>(
            Repetition.class, String.class, given -> given.text().repeat(Math.toIntExact(given.times())));
    static final RunnableTask LENGTH = new FunctionTask<>(SomeText.class, long.class, given ->
            (long) given.text().codePointCount(0, given.text().length()));
    static final RunnableTask TOTAL = new FunctionTask<>(Numbers.class, double.class, RuntimeTasks::total);
    static final RunnableTask NOTHING = new FunctionTask<>(SomeText.class, void.class, RuntimeTasks::nothing);
    static final RunnableTask WAIT = new FunctionTask<>(Nothing.class, long.class, RuntimeTasks::waiting);
    static final RunnableTask WRITE_FILE = new FunctionTask<>(SomeText.class, File.class, RuntimeTasks::writeFile);
    static final RunnableTask READ_FILE = new FunctionTask<>(
            OfFile.class, String.class, given -> Files.readString(given.file().path()));

    private static final Map<String, RunnableTask> BY_MEMBER = new TreeMap<>(Map.ofEntries(
            Map.entry("ADD", ADD),
            Map.entry("ECHO", ECHO),
            Map.entry("FAIL", FAIL),
            Map.entry("FAIL_FOR_GOOD", FAIL_FOR_GOOD),
            Map.entry("CRASH", CRASH),
            Map.entry("RANK", RANK),
            Map.entry("COUNT", COUNT),
            Map.entry("REPEAT", REPEAT),
            Map.entry("LENGTH", LENGTH),
            Map.entry("TOTAL", TOTAL),
            Map.entry("NOTHING", NOTHING),
            Map.entry("WAIT", WAIT),
            Map.entry("WRITE_FILE", WRITE_FILE),
            Map.entry("READ_FILE", READ_FILE)));

    private final Codecs codecs = Codecs.standard();

    private static long fail(Message given) {
        throw new IllegalStateException(given.message());
    }

    private static long failForGood(Message given) {
        throw new NonRecoverableException(given.message());
    }

    private static long crash(Status given) {
        Runtime.getRuntime().halt(Math.toIntExact(given.status()));
        return 0;
    }

    private static long rank(Nothing given) {
        return Stream.of("GODWIT_WORKER_RANK", "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
                .map(System::getenv)
                .filter(Objects::nonNull)
                .findFirst()
                .map(Long::parseLong)
                .orElse(0L);
    }

    private static long count(Counting given) throws IOException {
        Path kept = TaskContext.current().checkpoint().resolve("count");
        long number = Files.exists(kept) ? Long.parseLong(Files.readString(kept)) + 1 : 1;
        Files.writeString(kept, Long.toString(number));
        if (given.fail()) {
            throw new IllegalStateException("failed at " + number);
        }
        return number;
    }

    private static double total(Numbers given) {
        return given.numbers().stream().mapToDouble(Double::doubleValue).sum();
    }

    private static Object nothing(SomeText given) {
        System.out.println(given.text());
        System.err.println(given.text());
        return null;
    }

    private static long waiting(Nothing given) throws InterruptedException {
        System.out.println("waiting");
        System.out.flush();
        Thread.sleep(600_000);
        return 0;
    }

    private static File writeFile(SomeText given) throws IOException {
        Path folder = Files.createTempDirectory("note");
        return File.of(Files.writeString(folder.resolve("note.txt"), given.text()));
    }

    /**
     * How a task is run.
     *
     * @param name its name
     * @return the description
     */
    TaskDescription describe(String name) {
        String member = name.toUpperCase(Locale.ROOT);
        RunnableTask task = BY_MEMBER.get(member);
        if (task == null) {
            throw new UnsupportedRequest("a task " + name);
        }
        TaskSpec spec = TaskSpec.newBuilder()
                .setId(EntityId.newBuilder().setName("runtime." + name))
                .setInterface(
                        Interfaces.of(Inputs.of(codecs, task.inputRecord()), Outputs.of(codecs, task.outputType())))
                .setProgram(Program.newBuilder()
                        .addCommand("{jvm}")
                        .addArguments(RuntimeTasks.class.getName())
                        .addArguments(member)
                        .setSocketOnStandardInput(true))
                .build();
        return TaskDescription.newBuilder()
                .setTaskSpec(spec.toByteString())
                .addAllCommand(Machine.runner())
                .setSourceRoot(Machine.ownJar().toString())
                .build();
    }
}
