package dev.godwit.declared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.godwit.authoring.Bundles;
import dev.godwit.authoring.ClassIndex;
import dev.godwit.authoring.DeclaredEntities;
import dev.godwit.authoring.Promise;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.idl.core.v1.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SerializationTest {
    private static final int NODES = 500;

    @TempDir
    Path folder;

    record N(long n) {}

    /** A workflow of so many nodes in a row. */
    static Workflow<N, Long> chain(int length) {
        return Workflow.of("serialization.chain", N.class, Long.class, wf -> {
            Promise<Long> last = wf.input(N::n);
            for (int i = 0; i < length; i++) {
                last = wf.call(Chained.STEP).set(N::n).to(last).result();
            }
            wf.result(last);
        });
    }

    /** Holds what is serialized. */
    public static final class Chained {
        static final Task<N, Long> STEP = Task.of("serialization.step", N.class, Long.class, in -> in.n());

        static Workflow<N, Long> given() {
            return GIVEN;
        }

        private static final Workflow<N, Long> GIVEN = chain(3);
        static final String NO_ENTITY = "text";

        private Chained() {}

        /** Prints the bytes of the bundle. */
        public static void main(String[] arguments) {
            byte[] bytes = Bundles.of(DeclaredEntities.of(Chained.class, Scenarios.class, SettingScenarios.class))
                    .toByteArray();
            System.out.print(HexFormat.of().formatHex(bytes));
        }
    }

    @Test
    void isTheSameInTwoMachinesAndFolders() throws IOException, InterruptedException {
        String first = inAnotherMachine(folder.resolve("a"), "-Xint");
        String second = inAnotherMachine(folder.resolve("b"), "-XX:hashCode=2");
        assertTrue(first.length() > NODES, first);
        assertEquals(first, second);
    }

    private static String inAnotherMachine(Path where, String option) throws IOException, InterruptedException {
        Files.createDirectories(where);
        Path output = where.resolve("out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UnlockExperimentalVMOptions",
                        option,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Chained.class.getName())
                .directory(where.toFile())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertEquals(0, process.waitFor());
        return Files.readString(output);
    }

    @Test
    void saysWhereRunnersFindTasks() {
        Bundle bundle = Bundles.of(DeclaredEntities.of(Chained.class));
        var program = bundle.getTasks(0).getProgram();
        assertEquals(List.of("{jvm}"), program.getCommandList());
        assertEquals(List.of(Chained.class.getName(), "STEP"), program.getArgumentsList());
        assertTrue(program.getSocketOnStandardInput());
        assertTrue(program.getLocalFilesOnly());
        assertEquals(
                "dev/godwit/declared/SerializationTest.java",
                bundle.getTasks(0).getSource().getFile());
        assertTrue(bundle.getTasks(0).getSource().getLine() > 0);
    }

    @Test
    void fiveHundredNodesTakeLessThanASecond() {
        long start = System.nanoTime();
        byte[] bytes = Bundles.of(chain(NODES)).toByteArray();
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(bytes.length > NODES);
        assertTrue(millis < 1000, millis + " ms");
    }

    @Test
    void classesThatDeclareAreFound() throws Exception {
        Path classes = Path.of(Chained.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        ClassLoader loader = getClass().getClassLoader();
        List<String> found = ClassIndex.searched(classes, loader);
        assertTrue(found.contains(Chained.class.getName()), found::toString);
        assertTrue(found.contains(Scenarios.class.getName()), found::toString);
        assertTrue(!found.contains(SerializationTest.class.getName()), found::toString);
        Path entry = folder.resolve(ClassIndex.INDEX);
        Files.createDirectories(entry.getParent());
        Files.writeString(entry, "# classes\n" + Chained.class.getName() + "\n");
        assertEquals(List.of(Chained.class.getName()), ClassIndex.of(folder, loader));
    }
}
