package dev.godwit.cli;

import build.buf.protovalidate.ValidationResult;
import build.buf.protovalidate.ValidatorFactory;
import build.buf.protovalidate.exceptions.ValidationException;
import com.google.protobuf.CodedOutputStream;
import dev.godwit.authoring.Bundles;
import dev.godwit.authoring.ClassIndex;
import dev.godwit.cli.Main.WrongArguments;
import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.Bundle;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes specs. */
final class Serialize {
    private Serialize() {}

    static void run(Deque<String> arguments, PrintStream out) throws IOException {
        Path source = null;
        Path target = null;
        boolean check = false;
        while (!arguments.isEmpty()) {
            String argument = arguments.poll();
            if (argument.equals("-o")) {
                target = Path.of(next(arguments, "-o"));
            } else if (argument.equals("--check")) {
                check = true;
            } else if (source == null && !argument.startsWith("-")) {
                source = Path.of(argument);
            } else {
                throw new WrongArguments("unexpected " + argument);
            }
        }
        if (source == null) {
            throw new WrongArguments("serialize needs a jar, or a folder of classes");
        }
        Sources sources = Sources.of(source);
        Bundle bundle = Bundles.of(sources.declared());
        validate(bundle);
        Map<Path, byte[]> files = files(sources, target, encoded(bundle));
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            write(file.getKey(), file.getValue(), check);
        }
        out.println((check ? "current: " : "wrote: ") + bundle.getTasksCount() + " tasks, " + bundle.getWorkflowsCount()
                + " workflows, " + bundle.getLaunchPlansCount() + " launch plans, " + bundle.getReferencesCount()
                + " references");
    }

    static String next(Deque<String> arguments, String option) {
        if (arguments.isEmpty()) {
            throw new WrongArguments(option + " needs a value");
        }
        return arguments.poll();
    }

    private static byte[] encoded(Bundle bundle) throws IOException {
        byte[] bytes = new byte[bundle.getSerializedSize()];
        CodedOutputStream stream = CodedOutputStream.newInstance(bytes);
        stream.useDeterministicSerialization();
        bundle.writeTo(stream);
        stream.checkNoSpaceLeft();
        return bytes;
    }

    private static Map<Path, byte[]> files(Sources sources, Path target, byte[] bundle) {
        Map<Path, byte[]> files = new LinkedHashMap<>();
        if (target != null) {
            files.put(target, bundle);
            return files;
        }
        if (!Files.isDirectory(sources.path())) {
            throw new WrongArguments("of a jar, say where to write: -o FILE");
        }
        String index = String.join("\n", sources.index()) + "\n";
        files.put(sources.path().resolve(ClassIndex.BUNDLE), bundle);
        files.put(sources.path().resolve(ClassIndex.INDEX), index.getBytes(StandardCharsets.UTF_8));
        return files;
    }

    private static void write(Path file, byte[] bytes, boolean check) throws IOException {
        if (!check) {
            if (file.getParent() != null) {
                Files.createDirectories(file.getParent());
            }
            Files.write(file, bytes);
        } else if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), bytes)) {
            throw new GodwitException(
                    "SPECS_DIFFER", file + " is not what the classes declare.", "Write it again, without --check.");
        }
    }

    /** Holds the bundle to the constraints that stand in the messages. */
    private static void validate(Bundle bundle) {
        try {
            ValidationResult result = ValidatorFactory.newBuilder().build().validate(bundle);
            if (!result.isSuccess()) {
                throw new GodwitException(
                        "SPEC_INVALID", "The specs break the contract: " + result + ".", "Check names and settings.");
            }
        } catch (ValidationException error) {
            throw new IllegalStateException("the constraints cannot be evaluated", error);
        }
    }
}
