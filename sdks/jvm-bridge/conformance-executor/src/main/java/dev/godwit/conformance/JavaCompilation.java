package dev.godwit.conformance;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles sources without files. */
final class JavaCompilation {
    private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    private final StandardJavaFileManager files;

    JavaCompilation() {
        if (compiler == null) {
            throw new IllegalStateException("this Java has no compiler: the executor needs a JDK");
        }
        files = compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8);
    }

    /**
     * Compiles one file.
     *
     * @param className its public class
     * @param source its text
     * @return a loader of its classes
     * @throws UnsupportedRequest the compiler refuses it
     */
    ClassLoader compile(String className, String source) {
        Classes classes = new Classes();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        List<String> options =
                List.of("-proc:none", "-g:none", "-parameters", "-classpath", System.getProperty("java.class.path"));
        boolean done = compiler.getTask(
                        null,
                        new Output(files, classes),
                        problems,
                        options,
                        null,
                        List.of(new Source(className, source)))
                .call();
        if (!done) {
            throw new UnsupportedRequest("a declaration of this type: "
                    + problems.getDiagnostics().get(0).getMessage(Locale.ROOT) + " in\n" + source);
        }
        return classes;
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String className, String text) {
            super(URI.create("memory:///" + className + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class Compiled extends SimpleJavaFileObject {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Compiled(String className) {
            super(URI.create("memory:///" + className.replace('.', '/') + ".class"), Kind.CLASS);
        }

        @Override
        public OutputStream openOutputStream() {
            return bytes;
        }
    }

    private static final class Classes extends ClassLoader {
        private final Map<String, Compiled> compiled = new HashMap<>();

        Classes() {
            super(JavaCompilation.class.getClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            Compiled found = compiled.get(name);
            if (found == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] bytes = found.bytes.toByteArray();
            return defineClass(name, bytes, 0, bytes.length);
        }
    }

    private static final class Output extends ForwardingJavaFileManager<StandardJavaFileManager> {
        private final Classes classes;

        Output(StandardJavaFileManager files, Classes classes) {
            super(files);
            this.classes = classes;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                JavaFileManager.Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            Compiled made = new Compiled(className);
            classes.compiled.put(className, made);
            return made;
        }
    }
}
