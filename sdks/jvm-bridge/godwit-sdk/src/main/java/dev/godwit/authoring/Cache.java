package dev.godwit.authoring;

import dev.godwit.idl.core.v1.CachePolicy;
import java.time.Duration;
import java.util.Arrays;

/** Whether and how results are reused: {@code Cache.version("1")}, {@code Cache.auto()}. */
public final class Cache {
    private final CachePolicy policy;

    private Cache(CachePolicy policy) {
        this.policy = policy;
    }

    /**
     * Results of one version are reused; a change of it makes all earlier ones unused.
     *
     * @param version not empty
     * @return to be added to
     */
    public static Cache version(String version) {
        if (version.isEmpty()) {
            throw new DeclarationException(
                    "INVALID_SETTING", "Expected a version of the cache, got an empty text.", "Take Cache.auto().");
        }
        return new Cache(CachePolicy.newBuilder().setVersion(version).build());
    }

    /**
     * Results are reused until the jar changes.
     *
     * @return to be added to
     */
    public static Cache auto() {
        return version("auto");
    }

    /**
     * Text that follows the version.
     *
     * @param text any
     * @return the same with it
     */
    public Cache salt(String text) {
        return new Cache(policy.toBuilder().setSalt(text).build());
    }

    /**
     * Of several executions that need one result, one computes it and the others wait.
     *
     * @return the same with it
     */
    public Cache serialized() {
        return new Cache(policy.toBuilder().setSerialize(true).build());
    }

    /**
     * How long a result may be reused; for ever, where nothing is said.
     *
     * @param length how long
     * @return the same with it
     */
    public Cache timeToLive(Duration length) {
        return new Cache(
                policy.toBuilder().setTimeToLive(Lengths.message(length)).build());
    }

    /**
     * Inputs that do not count.
     *
     * @param names of inputs
     * @return the same with them
     */
    public Cache ignoring(String... names) {
        String[] sorted = names.clone();
        Arrays.sort(sorted);
        return new Cache(
                policy.toBuilder().addAllIgnoredInputs(Arrays.asList(sorted)).build());
    }

    CachePolicy message() {
        return policy;
    }
}
