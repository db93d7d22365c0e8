package dev.godwit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.idl.core.v1.Bundle;
import dev.godwit.types.Default;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    record GreetIn(String name, @Default("1") long times) {}

    record GreetOut(String greeting) {}

    /** Declares something. */
    static final class Greetings {
        static final Task<GreetIn, GreetOut> GREET = Task.of(
                "cli.greet",
                GreetIn.class,
                GreetOut.class,
                in -> new GreetOut("Hello " + in.name().repeat((int) in.times())));
        static final Workflow<GreetIn, GreetOut> GREETING = Workflow.of(
                "cli.greeting",
                GreetIn.class,
                GreetOut.class,
                wf -> wf.output(GreetOut::greeting)
                        .to(wf.call(GREET)
                                .set(GreetIn::name)
                                .to(wf.input(GreetIn::name))
                                .get(GreetOut::greeting)));

        private Greetings() {}
    }

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Main.run(
                List.of(arguments),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static String classes() throws URISyntaxException {
        return Path.of(Greetings.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
    }

    @Test
    void serializesAndChecks() throws IOException, URISyntaxException {
        Path file = folder.resolve("specs.pb");
        assertEquals(0, run("serialize", classes(), "-o", file.toString()), err::toString);
        Bundle bundle = Bundle.parseFrom(Files.readAllBytes(file));
        assertEquals("cli.greet", bundle.getTasks(0).getId().getName());
        assertEquals(0, run("serialize", classes(), "-o", file.toString(), "--check"), err::toString);
        Files.write(file, new byte[] {0});
        assertEquals(1, run("serialize", classes(), "-o", file.toString(), "--check"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("SPECS_DIFFER"), err::toString);
    }

    @Test
    void runsInPlace() throws URISyntaxException {
        assertEquals(0, run("run", classes(), "greeting", "--name", "Ann"), err::toString);
        assertEquals("{\n  \"greeting\": \"Hello Ann\"\n}\n", out.toString(StandardCharsets.UTF_8));
        assertEquals(0, run("run", classes(), "GREET", "--name", "A", "--times", "3"), err::toString);
        assertEquals("{\n  \"greeting\": \"Hello AAA\"\n}\n", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void saysWhatIsWrong() throws URISyntaxException {
        assertEquals(2, run("fly"));
        assertEquals(2, run("serialize"));
        assertEquals(2, run("run", classes(), "greeting", "--nobody", "x"));
        assertEquals(1, run("run", classes(), "gretting", "--name", "x"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("UNKNOWN_ENTITY"), err::toString);
        assertEquals(1, run("run", classes(), "greeting"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("VALUE_MISMATCH"), err::toString);
        assertEquals(1, run("run", classes(), "GREET", "--name", "x", "--times", "many"));
        assertEquals(1, run("serialize", folder.toString()));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("JAR_WITHOUT_TASKS"), err::toString);
        assertEquals(1, run("serialize", folder.resolve("none.jar").toString()));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("JAR_UNREADABLE"), err::toString);
    }
}
