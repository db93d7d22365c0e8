package dev.godwit.authoring;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.godwit.idl.core.v1.CallTarget;
import dev.godwit.idl.core.v1.Container;
import dev.godwit.idl.core.v1.EntityId;
import dev.godwit.idl.core.v1.EnvironmentVariable;
import dev.godwit.idl.core.v1.Label;
import dev.godwit.idl.core.v1.Program;
import dev.godwit.idl.core.v1.Secret;
import dev.godwit.idl.core.v1.TaskSpec;
import dev.godwit.runtime.RunnableTask;
import dev.godwit.types.JavaType;
import dev.godwit.types.TypeRef;
import java.time.Duration;
import java.util.Comparator;
import java.util.function.Consumer;

/**
 * A task: a typed unit of work. It is held by a static field, or given by a static method without parameters, under
 * which its runner finds it:
 *
 * <pre>{@code
 * static final Task<GreetIn, GreetOut> GREET =
 *         Task.of("dev.example.greet", GreetIn.class, GreetOut.class, Greetings::greet).retries(3);
 * }</pre>
 *
 * <p>Settings give another task of the same name; the last one is what the field holds.
 *
 * @param <I> record of its inputs; {@link Empty} where there are none
 * @param <O> record of its outputs; any other type for one output {@code result}; {@link Empty} where there are none
 */
public final class Task<I, O> implements Entity, Callee<I, O>, RunnableTask {
    private final String name;
    private final Signature<I, O> signature;
    private final TaskFunction<? super I, ? extends O> function;
    private final Place place;
    private final TaskSpec settings;

    private Task(
            String name,
            Signature<I, O> signature,
            TaskFunction<? super I, ? extends O> function,
            Place place,
            TaskSpec settings) {
        this.name = name;
        this.signature = signature;
        this.function = function;
        this.place = place;
        this.settings = settings;
    }

    /**
     * A task whose outputs have a class.
     *
     * @param name dotted, unique in a project
     * @param inputs record of its inputs
     * @param outputs record of its outputs, or the class of its one output
     * @param function does the work
     * @param <I> record of its inputs
     * @param <O> class of its outputs
     * @return the task
     * @throws DeclarationException {@code INVALID_NAME}: the name is none
     */
    public static <I, O> Task<I, O> of(
            String name, Class<I> inputs, Class<O> outputs, TaskFunction<? super I, ? extends O> function) {
        return made(name, new Signature<>(inputs, JavaType.of(outputs)), function);
    }

    /**
     * A task whose one output is of a type with parameters: {@code new TypeRef<List<Long>>() {}}.
     *
     * @param name dotted, unique in a project
     * @param inputs record of its inputs
     * @param output type of its one output
     * @param function does the work
     * @param <I> record of its inputs
     * @param <O> type of its output
     * @return the task
     * @throws DeclarationException {@code INVALID_NAME}: the name is none
     */
    public static <I, O> Task<I, O> of(
            String name, Class<I> inputs, TypeRef<O> output, TaskFunction<? super I, ? extends O> function) {
        return made(name, new Signature<>(inputs, output.type()), function);
    }

    private static <I, O> Task<I, O> made(
            String name, Signature<I, O> signature, TaskFunction<? super I, ? extends O> function) {
        return new Task<>(Names.checked(name), signature, function, Place.ofCaller(), TaskSpec.getDefaultInstance());
    }

    private Task<I, O> with(Consumer<TaskSpec.Builder> change) {
        TaskSpec.Builder changed = settings.toBuilder();
        change.accept(changed);
        return new Task<>(name, signature, function, place, changed.build());
    }

    /**
     * Tries it again without a wait.
     *
     * @param count further attempts
     * @return the task with them
     */
    public Task<I, O> retries(int count) {
        return retries(Retry.times(count));
    }

    /**
     * Tries it again.
     *
     * @param retry how often and when
     * @return the task with it
     */
    public Task<I, O> retries(Retry retry) {
        return with(spec -> spec.setRetries(retry.message()));
    }

    /**
     * Limits the time of each attempt.
     *
     * @param attempt longest run
     * @return the task with it
     */
    public Task<I, O> timeout(Duration attempt) {
        return timeouts(Timeouts.ofAttempt(attempt));
    }

    /**
     * Limits its time.
     *
     * @param timeouts all limits
     * @return the task with them
     */
    public Task<I, O> timeouts(Timeouts timeouts) {
        return with(spec -> spec.setTimeouts(timeouts.message()));
    }

    /**
     * Reuses results.
     *
     * @param cache how
     * @return the task with it
     */
    public Task<I, O> cache(Cache cache) {
        return with(spec -> spec.setCache(cache.message()));
    }

    /**
     * Says what an attempt needs.
     *
     * @param resources all of it
     * @return the task with them
     */
    public Task<I, O> resources(Resources resources) {
        return with(spec -> spec.setResources(resources.message()));
    }

    /**
     * Gives it a secret that it asks for by {@code TaskContext.current().secret(name)}.
     *
     * @param secret name of the secret
     * @return the task with it
     */
    public Task<I, O> secret(String secret) {
        return secret(secret, "", "");
    }

    /**
     * Gives it a secret.
     *
     * @param secret name of the secret
     * @param group group that it stands in; empty: none
     * @param variable environment variable that it is put into; empty: none
     * @return the task with it
     */
    public Task<I, O> secret(String secret, String group, String variable) {
        return with(spec -> spec.addSecrets(
                Secret.newBuilder().setName(secret).setGroup(group).setEnvironmentVariable(variable)));
    }

    /**
     * Gives it a variable of the environment.
     *
     * @param variable its name
     * @param value its value
     * @return the task with it
     */
    public Task<I, O> environment(String variable, String value) {
        return with(spec -> spec.addEnvironment(
                EnvironmentVariable.newBuilder().setName(variable).setValue(value)));
    }

    /**
     * Lets it run in a place that can be taken away.
     *
     * @return the task with it
     */
    public Task<I, O> interruptible() {
        return with(spec -> spec.setInterruptible(true));
    }

    /**
     * Says in which image it runs, where the backend runs containers.
     *
     * @param image reference of the image
     * @return the task with it
     */
    public Task<I, O> container(String image) {
        return container(Container.newBuilder().setImage(image).build());
    }

    /**
     * Says in which image it runs, and all about it.
     *
     * @param container image, command, arguments, folder
     * @return the task with it
     */
    public Task<I, O> container(Container container) {
        return with(spec -> spec.setContainer(container));
    }

    /**
     * Has it run by a backend.
     *
     * @param key its plugin key: {@code container}
     * @return the task with it
     */
    public Task<I, O> backend(String key) {
        return with(spec -> spec.setBackend(key));
    }

    /**
     * Has it run by a backend that wants to know more.
     *
     * @param key its plugin key
     * @param payload a message that the plugin declares
     * @return the task with it
     */
    public Task<I, O> backend(String key, Message payload) {
        return with(spec -> spec.setBackend(key).setPayload(Any.pack(payload)));
    }

    /**
     * Says what it is for.
     *
     * @param summary one line
     * @param description the rest; may be empty
     * @return the task with it
     */
    public Task<I, O> documented(String summary, String description) {
        return with(spec -> spec.setSummary(summary).setDescription(description));
    }

    /**
     * Says that it should no longer be used.
     *
     * @param why why, and what to use
     * @return the task with it
     */
    public Task<I, O> deprecated(String why) {
        return with(spec -> spec.setDeprecated(why));
    }

    /**
     * Gives it a label.
     *
     * @param key its key
     * @param value its value; may be empty
     * @return the task with it
     */
    public Task<I, O> label(String key, String value) {
        return with(spec -> spec.addLabels(Label.newBuilder().setKey(key).setValue(value)));
    }

    /**
     * Limits how many attempts of it are under way at a time, in one engine.
     *
     * @param count how many
     * @return the task with it
     */
    public Task<I, O> maxConcurrency(int count) {
        return with(spec -> spec.setMaxConcurrency(count));
    }

    /**
     * Puts it into a queue, whose limit the engine's settings give.
     *
     * @param queue name of the queue
     * @return the task with it
     */
    public Task<I, O> queue(String queue) {
        return with(spec -> spec.setQueue(queue));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Signature<I, O> signature() {
        return signature;
    }

    @Override
    public CallTarget target() {
        return CallTarget.newBuilder()
                .setTask(EntityId.newBuilder().setName(name))
                .build();
    }

    @Override
    public Class<?> inputRecord() {
        return signature.input();
    }

    @Override
    public JavaType outputType() {
        return signature.output();
    }

    @Override
    public Object run(Object inputs) throws Exception {
        return function.run(signature.input().cast(inputs));
    }

    Place place() {
        return place;
    }

    /** The spec of the task that a class holds in a member. */
    TaskSpec spec(String owner, String member) {
        TaskSpec.Builder spec = settings.toBuilder()
                .setId(EntityId.newBuilder().setName(name))
                .setInterface(signature.declared())
                .setProgram(Program.newBuilder()
                        .addCommand("{jvm}")
                        .addArguments(owner)
                        .addArguments(member)
                        .setSocketOnStandardInput(true)
                        .setLocalFilesOnly(true))
                .setSource(place.message())
                .clearLabels();
        settings.getLabelsList().stream()
                .sorted(Comparator.comparing(Label::getKey))
                .forEach(spec::addLabels);
        return spec.build();
    }
}
