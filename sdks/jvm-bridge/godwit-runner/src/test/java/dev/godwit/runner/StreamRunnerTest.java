package dev.godwit.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.SimpleType;
import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.idl.runner.v1.Command;
import dev.godwit.idl.runner.v1.Report;
import dev.godwit.idl.runner.v1.Stop;
import dev.godwit.runtime.RunnableTask;
import dev.godwit.types.JavaType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamRunnerTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream commands = new ByteArrayOutputStream();

    /** No inputs. */
    record Nothing() {}

    /** Counts its calls. */
    static final class Counting implements RunnableTask {
        static final RunnableTask TASK = new Counting();

        private long calls;

        static RunnableTask given() {
            return TASK;
        }

        @Override
        public Class<?> inputRecord() {
            return Nothing.class;
        }

        @Override
        public JavaType outputType() {
            return JavaType.of(long.class);
        }

        @Override
        public Object run(Object inputs) {
            calls++;
            return calls;
        }
    }

    private void prepare(long number, String owner, String member) throws IOException {
        TaskSpec.Builder spec = TaskSpec.newBuilder();
        spec.getIdBuilder().setName("test.counting");
        spec.getProgramBuilder().addArguments(owner).addArguments(member);
        spec.getInterfaceBuilder()
                .addOutputsBuilder()
                .setName("result")
                .setType(Type.newBuilder().setSimple(SimpleType.SIMPLE_TYPE_INT));
        Command.Builder command = Command.newBuilder();
        command.getPrepareBuilder().setTask(number).setSpec(spec);
        Frames.write(command.build(), commands);
    }

    private void run(long task, String... ids) throws IOException {
        Command.Builder command = Command.newBuilder();
        for (String id : ids) {
            command.getRunBuilder()
                    .addAttemptsBuilder()
                    .setId(id)
                    .setTask(task)
                    .setOutputPrefix(folder.toUri().toString());
        }
        Frames.write(command.build(), commands);
    }

    private List<Report> served() throws IOException, InterruptedException {
        ByteArrayOutputStream reports = new ByteArrayOutputStream();
        new StreamRunner(reports, new LogFile("")).serve(new ByteArrayInputStream(commands.toByteArray()));
        ByteArrayInputStream source = new ByteArrayInputStream(reports.toByteArray());
        List<Report> read = new ArrayList<>();
        Optional<Report> report = Frames.read(Report.parser(), source);
        while (report.isPresent()) {
            read.add(report.get());
            report = Frames.read(Report.parser(), source);
        }
        return read;
    }

    private void stop() throws IOException {
        Frames.write(Command.newBuilder().setStop(Stop.getDefaultInstance()).build(), commands);
    }

    @Test
    void attemptsRunInOrderAndTheNextIsSaidToStart() throws IOException, InterruptedException {
        prepare(7, Counting.class.getName(), "given");
        run(7, "a", "b");
        stop();
        List<Report> reports = served();
        assertEquals(1, reports.get(0).getHello().getProtocolVersion());
        assertEquals("b", reports.get(1).getResult().getNextStarted());
        assertEquals("b", reports.get(2).getResult().getId());
        long first = value(reports.get(1));
        assertEquals(first + 1, value(reports.get(2)));
        assertEquals(3, reports.size());
    }

    private static long value(Report report) throws IOException {
        assertFalse(report.getResult().hasError(), report.getResult().getError().getMessage());
        return Literal.parseFrom(report.getResult().getOutputs(0).getValue()).getIntValue();
    }

    @Test
    void whatHasNotStartedCanBeDropped() throws IOException, InterruptedException {
        prepare(1, Counting.class.getName(), "TASK");
        run(1, "a");
        Command.Builder cancel = Command.newBuilder();
        cancel.getCancelBuilder().addIds("c").addIds("unknown").addIds("a");
        run(1, "b", "c");
        Frames.write(cancel.build(), commands);
        stop();
        List<String> told = served().stream()
                .map(report -> report.hasDropped()
                        ? "dropped " + report.getDropped().getId()
                        : report.getResult().getId())
                .toList();
        assertTrue(told.contains("b"), told.toString());
        assertTrue(told.contains("dropped c") || told.contains("c"), told.toString());
    }

    @Test
    void whatCannotBeLoadedIsTheErrorOfTheAttempt() throws IOException, InterruptedException {
        prepare(1, "no.such.Type", "TASK");
        run(1, "a");
        run(2, "b");
        stop();
        List<Report> reports = served();
        assertEquals("TASK_LOAD_FAILED", reports.get(1).getResult().getError().getCode());
        assertEquals(
                "Task number 2 was never prepared.",
                reports.get(2).getResult().getError().getMessage());
    }

    @Test
    void aLostBackendEndsIt() throws IOException, InterruptedException {
        assertEquals(1, served().size());
    }
}
