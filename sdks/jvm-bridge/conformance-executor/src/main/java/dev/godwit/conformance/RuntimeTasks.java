package dev.godwit.conformance;

import dev.godwit.authoring.Bundles;
import dev.godwit.authoring.DeclaredEntities;
import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.errors.NonRecoverableException;
import dev.godwit.idl.conformance.v1.TaskDescription;
import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.runtime.TaskContext;
import dev.godwit.types.Default;
import dev.godwit.types.Unwrapped;
import dev.godwit.values.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** The tasks of the runtime level: {@code conformance/runtime/README.md} says what they do. */
final class RuntimeTasks {
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

    static final Task<Addition, Long> ADD =
            Task.of("runtime.add", Addition.class, Long.class, given -> Math.addExact(given.a(), given.b()));
    static final Task<Echo, Echo> ECHO = Task.of("runtime.echo", Echo.class, Echo.class, given -> given);
    static final Task<Message, Long> FAIL = Task.of("runtime.fail", Message.class, Long.class, RuntimeTasks::fail);
    static final Task<Message, Long> FAIL_FOR_GOOD =
            Task.of("runtime.fail_for_good", Message.class, Long.class, RuntimeTasks::failForGood);
    static final Task<Status, Long> CRASH = Task.of("runtime.crash", Status.class, Long.class, RuntimeTasks::crash);
    static final Task<Empty, Long> RANK = Task.of("runtime.rank", Empty.class, Long.class, RuntimeTasks::rank);
    static final Task<Counting, Long> COUNT = Task.of("runtime.count", Counting.class, Long.class, RuntimeTasks::count);
    static final Task<Repetition, String> REPEAT = Task.of(
            "runtime.repeat",
            Repetition.class,
            String.class,
            given -> given.text().repeat(Math.toIntExact(given.times())));
    static final Task<SomeText, Long> LENGTH = Task.of("runtime.length", SomeText.class, Long.class, given ->
            (long) given.text().codePointCount(0, given.text().length()));
    static final Task<Numbers, Double> TOTAL =
            Task.of("runtime.total", Numbers.class, Double.class, RuntimeTasks::total);
    static final Task<SomeText, Empty> NOTHING =
            Task.of("runtime.nothing", SomeText.class, Empty.class, RuntimeTasks::nothing);
    static final Task<Empty, Long> WAIT = Task.of("runtime.wait", Empty.class, Long.class, RuntimeTasks::waiting);
    static final Task<SomeText, File> WRITE_FILE =
            Task.of("runtime.write_file", SomeText.class, File.class, RuntimeTasks::writeFile);
    static final Task<OfFile, String> READ_FILE = Task.of(
            "runtime.read_file",
            OfFile.class,
            String.class,
            given -> Files.readString(given.file().path()));

    private RuntimeTasks() {}

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

    private static long rank(Empty given) {
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

    private static Empty nothing(SomeText given) {
        System.out.println(given.text());
        System.err.println(given.text());
        return new Empty();
    }

    private static long waiting(Empty given) throws InterruptedException {
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
    static TaskDescription describe(String name) {
        TaskSpec spec = Bundles.of(DeclaredEntities.of(RuntimeTasks.class)).getTasksList().stream()
                .filter(task -> task.getId().getName().equals("runtime." + name))
                .findFirst()
                .orElseThrow(() -> new UnsupportedRequest("a task " + name));
        return TaskDescription.newBuilder()
                .setTaskSpec(spec.toByteString())
                .addAllCommand(Machine.runner())
                .setSourceRoot(Machine.ownJar().toString())
                .build();
    }
}
