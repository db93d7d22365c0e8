package dev.godwit.runner;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The classes of one source root: a jar, or a folder of classes with jars in its folder {@code lib}. What the root has
 * goes before what the runner has, but for the SDK and the messages: of these there is one of each in a process.
 */
final class TaskClasses extends URLClassLoader {
    private static final List<String> SHARED = List.of("dev.godwit.", "com.google.protobuf.", "build.buf.");
    private static final List<String> PLATFORM = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

    static {
        ClassLoader.registerAsParallelCapable();
    }

    private TaskClasses(List<URL> urls, ClassLoader parent) {
        super("task", urls.toArray(URL[]::new), parent);
    }

    /**
     * The classes of a source root.
     *
     * @param sourceRoot a jar or folder; empty: the runner's own class path
     * @return a loader of its classes
     * @throws RunnerException there is none, or it is no jar
     */
    static ClassLoader of(String sourceRoot) {
        ClassLoader own = TaskClasses.class.getClassLoader();
        if (sourceRoot.isEmpty()) {
            return own;
        }
        Path root = Path.of(sourceRoot);
        try {
            return new TaskClasses(Files.isDirectory(root) ? folder(root) : List.of(jar(root)), own);
        } catch (IOException error) {
            throw unreadable(root, error);
        }
    }

    private static URL jar(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw RunnerException.load(
                    "There is no jar " + path + ".", "Build it again, or register where it is now.", null);
        }
        try (ZipFile opened = new ZipFile(path.toFile())) {
            opened.size();
        }
        return path.toUri().toURL();
    }

    private static List<URL> folder(Path root) throws IOException {
        List<URL> urls = new ArrayList<>();
        urls.add(url(root));
        Path libraries = root.resolve("lib");
        if (Files.isDirectory(libraries)) {
            try (Stream<Path> files = Files.list(libraries)) {
                files.filter(file -> file.toString().endsWith(".jar"))
                        .sorted()
                        .map(TaskClasses::url)
                        .forEach(urls::add);
            }
        }
        return urls;
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (MalformedURLException error) {
            throw new IllegalStateException("a path is a url", error);
        }
    }

    private static RunnerException unreadable(Path path, IOException error) {
        String reason = error instanceof ZipException ? "it is no jar" : String.valueOf(error.getMessage());
        return RunnerException.load(path + " cannot be read: " + reason + ".", "Build it again.", error);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (SHARED.stream().anyMatch(name::startsWith) || PLATFORM.stream().anyMatch(name::startsWith)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                try {
                    loaded = findClass(name);
                } catch (ClassNotFoundException error) {
                    return super.loadClass(name, resolve);
                }
            }
            if (resolve) {
                resolveClass(loaded);
            }
            return loaded;
        }
    }

    @Override
    public URL getResource(String name) {
        URL own = findResource(name);
        return own == null ? super.getResource(name) : own;
    }
}
