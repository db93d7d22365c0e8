package dev.godwit.testing;

import dev.godwit.authoring.Callee;
import dev.godwit.authoring.LaunchPlan;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.TaskFunction;
import dev.godwit.authoring.Workflow;
import dev.godwit.errors.GodwitException;
import dev.godwit.idl.core.v1.NamedLiterals;
import dev.godwit.values.Codecs;
import dev.godwit.values.Data;
import dev.godwit.values.LocalData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs tasks and workflows in this process, one node after the other, without an engine: values take the way through the
 * contract as they do elsewhere, so that what fits here fits there. There are no retries, no caches and no waits.
 *
 * <pre>{@code
 * var out = new InPlace(folder).mock(TRAIN, in -> new TrainOut(0.9)).run(PIPELINE, new In("x"));
 * }</pre>
 */
public final class InPlace {
    private final Path folder;
    private final Data data;
    private final Codecs codecs = Codecs.standard();
    private final Map<String, TaskFunction<Object, Object>> mocks = new HashMap<>();
    private final Map<String, Object> answers = new HashMap<>();
    private final Set<String> rejected = new HashSet<>();
    private final Map<String, String> secrets = new HashMap<>();

    /**
     * Keeps files and large values below a folder.
     *
     * @param folder where; made at the first use
     */
    public InPlace(Path folder) {
        this.folder = folder;
        this.data = new LocalData(folder.resolve("data"));
    }

    /**
     * Keeps files and large values in a new temporary folder.
     *
     * @return what runs
     */
    public static InPlace temporary() {
        try {
            return new InPlace(Files.createTempDirectory("godwit"));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /**
     * Puts a function in the place of a task, workflow, launch plan or reference.
     *
     * @param callee what is replaced
     * @param function what is done in its place
     * @param <I> record of its inputs
     * @param <O> its outputs
     * @return this
     */
    @SuppressWarnings("unchecked") // it is called with what the callee's own codec made
    public <I, O> InPlace mock(Callee<I, O> callee, TaskFunction<? super I, ? extends O> function) {
        mocks.put(key(callee), inputs -> ((TaskFunction<I, O>) function).run((I) inputs));
        return this;
    }

    /**
     * Answers a node that waits for a value.
     *
     * @param name of the signal, or id of the node
     * @param value the value; of a class without parameters
     * @return this
     */
    public InPlace answer(String name, Object value) {
        answers.put(name, value);
        return this;
    }

    /**
     * Says no where a person is asked; elsewhere yes is said.
     *
     * @param node name or id of the node
     * @return this
     */
    public InPlace reject(String node) {
        rejected.add(node);
        return this;
    }

    /**
     * Gives tasks a secret.
     *
     * @param name its name
     * @param value its value
     * @return this
     */
    public InPlace secret(String name, String value) {
        secrets.put(name, value);
        return this;
    }

    /**
     * Runs a task, workflow or launch plan.
     *
     * @param callee what is run
     * @param inputs its inputs
     * @param <I> record of the inputs
     * @param <O> its outputs
     * @return its outputs
     * @throws NodeFailedException a node failed, or what is run did
     * @throws GodwitException {@code NOT_MOCKED}: something that is declared elsewhere is called
     */
    @SuppressWarnings("unchecked") // its own codec reads it
    public <I, O> O run(Callee<I, O> callee, I inputs) {
        NamedLiterals given = callee.signature().inputs().write(inputs, data);
        return (O) callee.signature().outputs().read(call(callee, given, ""), data);
    }

    /**
     * Runs a task, workflow or launch plan with values of the contract.
     *
     * @param callee what is run
     * @param inputs its inputs; those with a default may be left out
     * @return its outputs
     * @throws NodeFailedException a node failed, or what is run did
     */
    public NamedLiterals run(Callee<?, ?> callee, NamedLiterals inputs) {
        return call(callee, inputs, "");
    }

    private static String key(Callee<?, ?> callee) {
        return callee.target().getKindCase() + " " + callee.name();
    }

    NamedLiterals call(Callee<?, ?> callee, NamedLiterals inputs, String path) {
        TaskFunction<Object, Object> mock = mocks.get(key(callee));
        if (mock != null) {
            return work(callee, mock, inputs, path);
        }
        if (callee instanceof Task<?, ?> task) {
            return work(task, task::run, inputs, path);
        }
        if (callee instanceof Workflow<?, ?> workflow) {
            return new WorkflowRun(this, workflow, path).run(inputs);
        }
        if (callee instanceof LaunchPlan<?, ?> plan) {
            return new WorkflowRun(this, plan.workflow(), path).run(LaunchInputs.of(plan.spec(), inputs));
        }
        throw new GodwitException(
                "NOT_MOCKED",
                callee.name() + " is declared elsewhere, so it cannot be run in place.",
                "Say what it gives: mock(reference, inputs -> …); or run it on the engine.");
    }

    @SuppressWarnings("try") // the scope is closed, and not asked
    private NamedLiterals work(
            Callee<?, ?> callee, TaskFunction<Object, Object> function, NamedLiterals inputs, String path) {
        String node = path.isEmpty() ? callee.name() : path;
        Object record = callee.signature().inputs().read(inputs, data);
        Object returned;
        try (var scope = PlaceContext.enter(folder, node, secrets)) {
            returned = function.run(record);
        } catch (Exception error) {
            throw new NodeFailedException("USER_EXCEPTION", node, String.valueOf(error), error);
        }
        return written(callee.signature().outputs(), returned);
    }

    @SuppressWarnings("unchecked") // a value of another class is refused by the codec
    private NamedLiterals written(dev.godwit.interfaces.Outputs<?> outputs, Object returned) {
        return ((dev.godwit.interfaces.Outputs<Object>) outputs).write(returned, data);
    }

    Data data() {
        return data;
    }

    Codecs codecs() {
        return codecs;
    }

    Optional<Object> answerOf(List<String> names) {
        return names.stream().filter(answers::containsKey).findFirst().map(answers::get);
    }

    boolean isRejected(List<String> names) {
        return names.stream().anyMatch(rejected::contains);
    }
}
