package dev.godwit.declared;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.TextFormat;
import dev.godwit.authoring.Bundles;
import dev.godwit.authoring.Callee;
import dev.godwit.idl.core.v1.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What is declared becomes the spec that was written by hand. */
class ScenariosTest {
    private static final Path FOLDER = Path.of(System.getProperty("godwit.root"), "conformance", "scenarios");

    @TestFactory
    Stream<DynamicTest> eachScenarioIsItsReference() {
        List<DynamicTest> tests = new ArrayList<>();
        Scenarios.graphs().forEach((name, callee) -> tests.add(test(name, List.of(callee))));
        SettingScenarios.all().forEach((name, callees) -> tests.add(test(name, callees)));
        return tests.stream();
    }

    private static DynamicTest test(String name, List<Callee<?, ?>> callees) {
        return DynamicTest.dynamicTest(name, () -> {
            Bundle made = Bundles.of(callees.toArray(Callee<?, ?>[]::new));
            assertEquals(bare(reference(name)), bare(made));
        });
    }

    @Test
    void twiceTheSameBytes() {
        byte[] first = Bundles.of(Scenarios.BUILDING).toByteArray();
        assertArrayEquals(first, Bundles.of(Scenarios.BUILDING).toByteArray());
    }

    private static Bundle reference(String name) throws IOException {
        Bundle.Builder bundle = Bundle.newBuilder();
        TextFormat.merge(Files.readString(FOLDER.resolve(name + ".txtpb")), bundle);
        return bundle.build();
    }

    /** Without what each SDK says in its own way; sorted. */
    private static String bare(Bundle bundle) {
        Bundle.Builder bare = bundle.toBuilder();
        bare.getTasksBuilderList().forEach(task -> task.clearProgram().clearSource());
        bare.getWorkflowsBuilderList().forEach(dev.godwit.idl.core.v1.WorkflowSpec.Builder::clearSource);
        List<dev.godwit.idl.core.v1.TaskSpec> tasks = new ArrayList<>(bare.getTasksList());
        tasks.sort(java.util.Comparator.comparing(task -> task.getId().getName()));
        List<dev.godwit.idl.core.v1.WorkflowSpec> workflows = new ArrayList<>(bare.getWorkflowsList());
        workflows.sort(java.util.Comparator.comparing(one -> one.getId().getName()));
        return unpacked(TextFormat.printer()
                .printToString(bare.clearTasks()
                        .addAllTasks(tasks)
                        .clearWorkflows()
                        .addAllWorkflows(workflows)
                        .build()));
    }

    /** Packed lists mean what others mean. */
    private static String unpacked(String text) {
        return Pattern.compile("ints \\{((?:\\s*items: \\d+)+)\\s*\\}")
                .matcher(text)
                .replaceAll(
                        list -> "list { " + list.group(1).replaceAll("items: (\\d+)", "items { int_value: $1 }") + " }")
                .replaceAll("\\s+", " ");
    }
}
