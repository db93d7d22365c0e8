package dev.godwit.declared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A wrong type in a workflow is an error of the compiler, at its place. */
class WrongTypesTest {
    private static final int LINE = 18;
    private static final String SOURCE = """
            import static dev.godwit.authoring.Expressions.*;
            import dev.godwit.authoring.*;
            import java.util.*;
            class Flow {
                sealed interface Shape permits Circle, Square {}
                record Circle(double radius) implements Shape {}
                record Square(double side) implements Shape {}
                record GreetIn(String name, long times, Shape shape, List<Long> many, Optional<String> note) {}
                record GreetOut(String greeting, long count, Circle circle) {}
                record In(String name, long number, List<String> names, Optional<String> maybe) {}
                record Out(String greeting) {}
                static final Task<GreetIn, GreetOut> GREET = Task.of("greet", GreetIn.class, GreetOut.class, in -> null);
                static final Workflow<In, Out> FLOW = Workflow.of("flow", In.class, Out.class, wf -> {
                    Call<GreetIn, GreetOut> g = wf.call(GREET);
                    Promise<Long> number = wf.input(In::number);
                    MapCall<GreetIn, GreetOut> m = wf.map(GREET);

                    %s;
                });
            }
            """;

    @TempDir
    Path folder;

    private List<Diagnostic<? extends JavaFileObject>> errors(String statement) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Flow.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignored) {
                return SOURCE.formatted(statement);
            }
        };
        List<String> options =
                List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
        compiler.getTask(null, null, found, options, null, List.of(file)).call();
        return found.getDiagnostics().stream()
                .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "g.set(GreetIn::name).to(number)",
                "g.set(GreetIn::name).to(g.get(GreetOut::count))",
                "g.set(GreetIn::name).to(3L)",
                "g.set(GreetIn::name).to(value(3))",
                "g.set(GreetIn::times).to(\"x\")",
                "g.set(GreetIn::times).to(wf.input(In::name))",
                "g.set(GreetIn::shape).to(number)",
                "g.set(GreetIn::many).to(wf.input(In::names))",
                "g.set(GreetIn::many).to(list(wf.input(In::name)))",
                "g.set(GreetIn::name).to(wf.input(In::maybe))",
                "g.set(GreetIn::note).to(wf.input(In::name))",
                "g.set(GreetIn::nobody).to(number)",
                "g.get(GreetOut::nothing)",
                "wf.output(Out::greeting).to(g.get(GreetOut::count))",
                "wf.result(g.result())",
                "number.greaterThan(\"x\")",
                "number.greaterThan(0.5)",
                "coalesce(wf.input(In::maybe), 3L).equalTo(\"x\")",
                "wf.choose(number, b -> number)",
                "wf.choose(number.equalTo(1L), b -> number).otherwise(b -> wf.input(In::name))",
                "m.over(GreetIn::times).to(wf.input(In::names))",
                "m.over(GreetIn::name).to(wf.input(In::name))",
                "wf.output(Out::greeting).to(m.get(GreetOut::greeting))",
                "wf.sleep(number)",
                "LaunchPlan.of(\"plan\", Workflow.of(\"w\", In.class, Out.class, w -> {})).fixing(In::number).to(\"x\")",
            })
    void isRefused(String statement) {
        List<Diagnostic<? extends JavaFileObject>> errors = errors(statement);
        assertTrue(errors.size() > 0, "it compiles: " + statement);
        assertEquals(LINE, errors.get(0).getLineNumber(), () -> errors.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "g.set(GreetIn::name).to(wf.input(In::name))",
                "g.set(GreetIn::shape).to(g.get(GreetOut::circle))",
                "g.set(GreetIn::shape).to(new Square(1))",
                "g.set(GreetIn::many).to(list(number, value(3)))",
                "g.set(GreetIn::note).to(wf.input(In::name).optional())",
                "m.over(GreetIn::name).to(wf.input(In::names))",
                "number.greaterThan(5L)",
            })
    void isTaken(String statement) {
        assertEquals(List.of(), errors(statement));
    }

    @Test
    void isSaidInWordsThatNameBothTypes() {
        String message = errors("g.set(GreetIn::name).to(number)").get(0).getMessage(java.util.Locale.ENGLISH);
        assertTrue(message.contains("Promise<java.lang.Long>") && message.contains("String"), message);
    }
}
