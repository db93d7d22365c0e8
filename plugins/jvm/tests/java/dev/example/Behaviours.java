package dev.example;

import dev.godwit.errors.NonRecoverableException;
import dev.godwit.runtime.RunnableTask;
import dev.godwit.runtime.TaskContext;
import dev.godwit.types.Default;
import dev.godwit.types.JavaType;
import dev.godwit.values.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/** Tasks that behave in every way that tests ask for. */
public final class Behaviours {
    /** No inputs. */
    public record Nothing() {}

    /** A name. */
    public record Named(String name, @Default("1") long times) {}

    /** A greeting. */
    public record Greeting(String greeting, long length) {}

    /** A point, as a record inside of others. */
    public record Point(long x, double y) {}

    /** Points and what is in between. */
    public record Line(List<Point> points, File file) {}

    /** A number. */
    public record Count(long count) {}

    /** What runs. */
    interface Work<I> {
        Object run(I inputs) throws Exception;
    }

    private record Made<I>(Class<?> inputRecord, JavaType outputType, Work<I> work) implements RunnableTask {
        @Override
        @SuppressWarnings("unchecked")
        public Object run(Object inputs) throws Exception {
            return work.run((I) inputs);
        }
    }

    private static <I> RunnableTask task(Class<I> inputs, Class<?> outputs, Work<I> work) {
        return new Made<>(inputs, JavaType.of(outputs), work);
    }

    static final RunnableTask GREET = task(Named.class, Greeting.class, given -> {
        String greeting = "hello " + given.name().repeat((int) given.times());
        return new Greeting(greeting, greeting.length());
    });

    static final RunnableTask SUCCEED = task(Nothing.class, long.class, given -> 7L);

    static final RunnableTask FAIL = task(Nothing.class, long.class, given -> {
        throw new IllegalStateException("no wind", new IOException("no air"));
    });

    static final RunnableTask GIVE_UP = task(Nothing.class, long.class, given -> {
        throw new NonRecoverableException("never");
    });

    static final RunnableTask SLEEP = task(Nothing.class, long.class, given -> {
        Thread.sleep(120_000);
        return 0L;
    });

    static final RunnableTask WAIT = task(Nothing.class, long.class, given -> {
        System.out.println("asleep");
        try {
            Thread.sleep(120_000);
        } finally {
            System.out.println("woken");
        }
        return 0L;
    });

    static final RunnableTask CRASH = task(Nothing.class, long.class, given -> {
        System.err.println("last words");
        Runtime.getRuntime().halt(134);
        return 0L;
    });

    static final RunnableTask EXIT = task(Nothing.class, long.class, given -> {
        System.exit(3);
        return 0L;
    });

    static final RunnableTask TOO_LARGE = task(Nothing.class, long.class, given -> {
        throw new OutOfMemoryError("of this test");
    });

    static final RunnableTask TAKE_MEMORY = task(Nothing.class, long.class, given -> {
        byte[] taken = new byte[400 << 20];
        java.util.Arrays.fill(taken, (byte) 1);
        Thread.sleep(120_000);
        return (long) taken[7];
    });

    static final RunnableTask PROCESS = task(Nothing.class, long.class, given -> ProcessHandle.current().pid());

    static final RunnableTask MANY = task(Count.class, NumbersAndText.class, given -> new NumbersAndText(
            LongStream.range(0, given.count()).boxed().toList(), "x".repeat((int) given.count())));

    /** Large values. */
    public record NumbersAndText(List<Long> numbers, String text) {}

    static final RunnableTask SUM = task(Numbers.class, long.class, given ->
            given.numbers().stream().mapToLong(Long::longValue).sum());

    /** Numbers. */
    public record Numbers(List<Long> numbers) {}

    static final RunnableTask DRAW = task(Line.class, Line.class, given -> {
        Path path = Files.createTempDirectory("line").resolve("line.txt");
        Files.writeString(path, given.file().readText() + given.points().size());
        return new Line(given.points(), File.of(path));
    });

    static final RunnableTask TELL = task(Nothing.class, Told.class, given -> {
        TaskContext context = TaskContext.current();
        context.link("Dashboard", "http://localhost:1/" + context.attempt());
        Files.writeString(context.report(), "<h1>report</h1>");
        Path before = context.checkpoint().resolve("before");
        boolean again = Files.exists(before);
        Files.writeString(before, "x");
        System.out.println("attempt " + context.attempt());
        if (!again) {
            throw new IllegalStateException("the first attempt fails");
        }
        return new Told(
                context.attempt(),
                context.nodePath(),
                context.secret("token"),
                context.environment("COLOUR").orElse("none"),
                System.in.read());
    });

    /** What a task knows. */
    public record Told(long attempt, String node, String secret, String colour, long input) {}

    static final RunnableTask WRONG = task(Nothing.class, Greeting.class, given -> "text");

    static final String NO_TASK = "text";

    /** Fails when it is loaded. */
    static final class Broken {
        static final RunnableTask TASK = task(Nothing.class, long.class, given -> Integer.parseInt("1") + 0L);

        static {
            if (Boolean.parseBoolean("true")) {
                throw new IllegalStateException("no such thing");
            }
        }
    }

    /** Has a component that no contract knows. */
    public record Unsupported(Thread thread) {}

    static final RunnableTask UNSUPPORTED = task(Unsupported.class, long.class, given -> 0L);

    private Behaviours() {}
}
