package dev.godwit.cli;

import dev.godwit.authoring.ClassIndex;
import dev.godwit.authoring.DeclaredEntities;
import dev.godwit.errors.GodwitException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a jar, or a folder of classes, declares.
 *
 * @param path the jar or folder
 * @param index binary names of the classes that declare something
 * @param declared what they hold
 */
record Sources(Path path, List<String> index, DeclaredEntities declared) {
    static Sources of(Path path) {
        if (!Files.exists(path)) {
            throw new GodwitException("JAR_UNREADABLE", "There is no " + path + ".", "Build it, or check the path.");
        }
        ClassLoader loader = loader(path);
        Thread.currentThread().setContextClassLoader(loader);
        List<String> index = ClassIndex.searched(path, loader);
        if (index.isEmpty()) {
            throw new GodwitException(
                    "JAR_WITHOUT_TASKS",
                    path + " declares no task, workflow or launch plan.",
                    "Hold each in a static field: static final Task<In, Out> NAME = Task.of(…).");
        }
        return new Sources(path, index, DeclaredEntities.of(index, loader));
    }

    /** What is on the class path already is not loaded twice. */
    private static ClassLoader loader(Path path) {
        try {
            return new URLClassLoader(new URL[] {path.toUri().toURL()}, Sources.class.getClassLoader());
        } catch (MalformedURLException error) {
            throw new IllegalStateException("a path is a url", error);
        }
    }
}
