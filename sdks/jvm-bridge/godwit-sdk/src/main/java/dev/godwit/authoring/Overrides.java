package dev.godwit.authoring;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.godwit.idl.core.v1.Container;
import dev.godwit.idl.core.v1.EnvironmentVariable;

/** What a call changes of the settings of its task: {@code call.with(Overrides.none().retries(5))}. */
public final class Overrides {
    private final dev.godwit.idl.core.v1.Overrides message;

    private Overrides(dev.godwit.idl.core.v1.Overrides message) {
        this.message = message;
    }

    /**
     * Nothing is changed.
     *
     * @return to be added to
     */
    public static Overrides none() {
        return new Overrides(dev.godwit.idl.core.v1.Overrides.getDefaultInstance());
    }

    /**
     * Other resources.
     *
     * @param resources all of them
     * @return the same with them
     */
    public Overrides resources(Resources resources) {
        return new Overrides(
                message.toBuilder().setResources(resources.message()).build());
    }

    /**
     * Another number of retries, without a wait.
     *
     * @param count how many
     * @return the same with them
     */
    public Overrides retries(int count) {
        return retries(Retry.times(count));
    }

    /**
     * Other retries.
     *
     * @param retry all about them
     * @return the same with them
     */
    public Overrides retries(Retry retry) {
        return new Overrides(message.toBuilder().setRetries(retry.message()).build());
    }

    /**
     * Other limits of time.
     *
     * @param timeouts all of them
     * @return the same with them
     */
    public Overrides timeouts(Timeouts timeouts) {
        return new Overrides(message.toBuilder().setTimeouts(timeouts.message()).build());
    }

    /**
     * Another cache.
     *
     * @param cache all about it
     * @return the same with it
     */
    public Overrides cache(Cache cache) {
        return new Overrides(message.toBuilder().setCache(cache.message()).build());
    }

    /**
     * Whether results are reused at all.
     *
     * @param enabled whether
     * @return the same with it
     */
    public Overrides cached(boolean enabled) {
        return new Overrides(message.toBuilder().setCacheEnabled(enabled).build());
    }

    /**
     * Whether it may run in a place that can be taken away.
     *
     * @param may whether
     * @return the same with it
     */
    public Overrides interruptible(boolean may) {
        return new Overrides(message.toBuilder().setInterruptible(may).build());
    }

    /**
     * Another image.
     *
     * @param image reference of the image
     * @return the same with it
     */
    public Overrides container(String image) {
        Container container = Container.newBuilder().setImage(image).build();
        return new Overrides(message.toBuilder().setContainer(container).build());
    }

    /**
     * A variable of the environment, beside the task's.
     *
     * @param name its name
     * @param value its value
     * @return the same with it
     */
    public Overrides environment(String name, String value) {
        EnvironmentVariable variable =
                EnvironmentVariable.newBuilder().setName(name).setValue(value).build();
        return new Overrides(message.toBuilder().addEnvironment(variable).build());
    }

    /**
     * Another backend, with what its plugin wants to know.
     *
     * @param key plugin key
     * @param payload a message that the plugin declares
     * @return the same with it
     */
    public Overrides backend(String key, Message payload) {
        return new Overrides(message.toBuilder()
                .setBackend(key)
                .setPayload(Any.pack(payload))
                .build());
    }

    dev.godwit.idl.core.v1.Overrides message() {
        return message;
    }
}
