package dev.godwit.authoring;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which classes of a jar, or a folder of classes, declare something. The build writes their names beside them, one a line,
 * so that nobody has to look through them again.
 */
public final class ClassIndex {
    /** Entry with the names of the classes. */
    public static final String INDEX = "META-INF/godwit/index";
    /** Entry with the specs. */
    public static final String BUNDLE = "META-INF/godwit/bundle.pb";

    private static final String SUFFIX = ".class";
    private static final byte[] MARK = "Ldev/godwit/authoring/".getBytes(StandardCharsets.US_ASCII);

    private ClassIndex() {}

    /**
     * The names that the build wrote; where it has not, those of the classes that declare something.
     *
     * @param source a jar, or a folder of classes
     * @param loader loads its classes
     * @return binary names, sorted
     * @throws DeclarationException it cannot be read
     */
    public static List<String> of(Path source, ClassLoader loader) {
        return within(source, root -> {
            Path index = root.resolve(INDEX);
            return Files.exists(index) ? lines(index) : search(root, loader);
        });
    }

    /**
     * The names of the classes that declare something: each is looked at.
     *
     * @param source a jar, or a folder of classes
     * @param loader loads its classes
     * @return binary names, sorted
     * @throws DeclarationException it cannot be read
     */
    public static List<String> searched(Path source, ClassLoader loader) {
        return within(source, root -> search(root, loader));
    }

    @FunctionalInterface
    private interface Reading {
        List<String> of(Path root) throws IOException;
    }

    private static List<String> within(Path source, Reading reading) {
        try {
            if (Files.isDirectory(source)) {
                return reading.of(source);
            }
            try (FileSystem jar = FileSystems.newFileSystem(source, Map.of())) {
                return reading.of(jar.getPath("/"));
            }
        } catch (IOException | java.nio.file.ProviderNotFoundException error) {
            throw new DeclarationException(
                    "JAR_UNREADABLE",
                    source + " cannot be read as a jar or folder of classes: " + error.getMessage() + ".",
                    "Build it again, or check the path.",
                    error);
        }
    }

    private static List<String> lines(Path index) throws IOException {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(Files.newInputStream(index), StandardCharsets.UTF_8))) {
            return reader.lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> search(Path root, ClassLoader loader) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX))
                    .filter(file -> !root.relativize(file).startsWith("META-INF"))
                    .filter(ClassIndex::mentionsSdk)
                    .map(file -> name(root.relativize(file)))
                    .filter(name -> declares(name, loader))
                    .sorted()
                    .toList();
        }
    }

    private static String name(Path relative) {
        String path = relative.toString().replace('\\', '/');
        return path.substring(0, path.length() - SUFFIX.length()).replace('/', '.');
    }

    /** Whether the types of this package stand in a class file: only such a class is worth loading. */
    private static boolean mentionsSdk(Path file) {
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] bytes = stream.readAllBytes();
            for (int i = 0; i <= bytes.length - MARK.length; i++) {
                if (Arrays.equals(bytes, i, i + MARK.length, MARK, 0, MARK.length)) {
                    return true;
                }
            }
            return false;
        } catch (IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    private static boolean declares(String name, ClassLoader loader) {
        if (name.startsWith("dev.godwit.authoring.")) {
            return false;
        }
        try {
            Class<?> type = Class.forName(name, false, loader);
            for (Field field : type.getDeclaredFields()) {
                if (DeclaredEntities.isHolder(field.getType(), field.getModifiers())) {
                    return true;
                }
            }
            for (Method method : type.getDeclaredMethods()) {
                if (DeclaredEntities.isHolder(method.getReturnType(), method.getModifiers())
                        && method.getParameterCount() == 0) {
                    return true;
                }
            }
            return false;
        } catch (ClassNotFoundException | LinkageError error) {
            throw new DeclarationException(
                    "CLASS_NOT_LOADED",
                    "Class " + name + " cannot be loaded: " + error + ".",
                    "Build it again, with what it needs on the class path.",
                    error);
        }
    }
}
