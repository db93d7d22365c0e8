package dev.godwit.declared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.godwit.authoring.Bundles;
import dev.godwit.authoring.Cache;
import dev.godwit.authoring.DeclarationException;
import dev.godwit.authoring.DeclaredEntities;
import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Expressions;
import dev.godwit.authoring.Promise;
import dev.godwit.authoring.Reference;
import dev.godwit.authoring.Resources;
import dev.godwit.authoring.Retry;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import dev.godwit.authoring.WorkflowBuilder;
import dev.godwit.types.Name;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class DeclarationErrorsTest {
    record N(long n) {}

    record Out(long result, long more) {}

    static final Task<N, Long> STEP = Task.of("errors.step", N.class, Long.class, in -> in.n());

    static final class Twice {
        static final Task<N, Long> ONE = Task.of("errors.twice", N.class, Long.class, in -> in.n());
        static final Task<N, Long> TWO = Task.of("errors.twice", N.class, Long.class, in -> in.n());
    }

    private static void assertCode(String code, org.junit.jupiter.api.function.Executable work) {
        DeclarationException error = assertThrows(DeclarationException.class, work);
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(!error.hint().isEmpty(), "what to do is not said");
    }

    private static void assertBody(String code, Consumer<WorkflowBuilder<N, Long>> body) {
        assertCode(
                code,
                () -> Workflow.of("errors.main", N.class, Long.class, body).spec());
    }

    @Test
    void ofBodies() {
        assertBody("NOT_SET", wf -> wf.result(wf.call(STEP).result()));
        assertBody("NOT_SET", wf -> wf.call(STEP).set(N::n).to(1L));
        assertBody(
                "NOT_SET",
                wf -> wf.result(Expressions.item(wf.map(STEP).set(N::n).to(1L).results(), 0)));
        assertBody("SET_TWICE", wf -> wf.call(STEP).set(N::n).to(1L).set(N::n).to(2L));
        assertBody("INVALID_GETTER", wf -> wf.call(STEP).set(n -> n.n()).to(1L));
        assertBody("INVALID_GETTER", wf -> wf.output(Long::intValue).to(1));
        assertBody("EMPTY_LIST", wf -> Expressions.list());
        assertBody(
                "BRANCH_WITHOUT_DEFAULT",
                wf -> wf.result(wf.choose(wf.input(N::n).equalTo(1L), then -> wf.input(N::n))
                        .result()));
        assertBody("PROMISE_OUT_OF_SCOPE", wf -> {
            List<Promise<Long>> kept = new ArrayList<>();
            wf.choose(wf.input(N::n).equalTo(1L), then -> {
                        kept.add(then.call(STEP).set(N::n).to(1L).result());
                        return kept.get(0);
                    })
                    .otherwise(other -> kept.get(0));
        });
        assertBody(
                "NO_OUTPUT",
                wf -> wf.call(Reference.task("other.quiet", N.class, Empty.class))
                        .set(N::n)
                        .to(1L)
                        .result());
    }

    @Test
    void ofSettings() {
        assertCode("INVALID_NAME", () -> Task.of("no name", N.class, Long.class, in -> 0L));
        assertCode("INVALID_SETTING", () -> Retry.times(-1));
        assertCode("INVALID_SETTING", () -> Cache.version(""));
        assertCode("INVALID_SETTING", () -> Resources.none().memory("much"));
        assertCode("INVALID_SETTING", () -> Resources.none().cpu(0));
        assertCode("INVALID_SETTING", () -> STEP.timeout(java.time.Duration.ZERO));
    }

    @Test
    void ofNamesAndPlaces() {
        assertCode("DUPLICATE_NAME", () -> DeclaredEntities.of(Twice.class));
        Task<N, Long> loose = Task.of("errors.loose", N.class, Long.class, in -> in.n());
        assertCode("TASK_NOT_HELD", () -> Bundles.of(loose));
        assertCode(
                "CLASS_NOT_LOADED",
                () -> DeclaredEntities.of(List.of("no.such.Class"), getClass().getClassLoader()));
    }

    @Test
    void sayWhichWorkflowAndNodeIsMeant() {
        Workflow<N, Long> wrong = Workflow.of(
                "errors.main",
                N.class,
                Long.class,
                wf -> wf.result(wf.call(STEP).result()));
        String message = assertThrows(DeclarationException.class, wrong::spec).getMessage();
        assertTrue(
                message.contains("errors.main") && message.contains("n0") && message.contains("errors.step"), message);
    }

    record Renamed(@Name("class") String kind) {}

    @Test
    void componentsWithAnotherNameAreFoundByTheirAccessors() {
        Workflow<Renamed, String> flow =
                Workflow.of("errors.renamed", Renamed.class, String.class, wf -> wf.result(wf.input(Renamed::kind)));
        var output = flow.spec().getBody().getOutputs(0).getValue();
        assertEquals("class", output.getWorkflowInput());
    }

    @Test
    void referencesStandInTheBundle() {
        Workflow<N, Out> flow = Workflow.of("errors.other", N.class, Out.class, wf -> {
            var called = wf.call(Reference.task("python.step", N.class, Out.class))
                    .set(N::n)
                    .to(1L);
            wf.output(Out::result)
                    .to(called.get(Out::result))
                    .output(Out::more)
                    .to(called.result().get(Out::more));
        });
        var bundle = Bundles.of(flow);
        assertEquals(
                "python.step", bundle.getReferences(0).getTarget().getTask().getName());
        assertEquals(2, bundle.getReferences(0).getInterface().getOutputsCount());
    }
}
