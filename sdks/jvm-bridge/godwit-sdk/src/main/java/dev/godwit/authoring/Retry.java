package dev.godwit.authoring;

import dev.godwit.idl.core.v1.RetryPolicy;
import java.time.Duration;
import java.util.Arrays;

/** How often, and when, a failed attempt is followed by another: {@code Retry.times(3).backoff(Duration.ofSeconds(1))}. */
public final class Retry {
    private final RetryPolicy policy;

    private Retry(RetryPolicy policy) {
        this.policy = policy;
    }

    /**
     * A number of retries without a wait.
     *
     * @param count further attempts after failures of the task's own work; 0 to 1000
     * @return to be added to
     */
    public static Retry times(int count) {
        if (count < 0 || count > 1000) {
            throw new DeclarationException(
                    "INVALID_SETTING", "Expected 0 to 1000 retries, got " + count + ".", "Take fewer.");
        }
        return new Retry(RetryPolicy.newBuilder().setMaxRetries(count).build());
    }

    /**
     * Wait before the first retry; each next one is twice as long, up to an hour.
     *
     * @param base the first wait
     * @return the same with it
     */
    public Retry backoff(Duration base) {
        return new Retry(
                policy.toBuilder().setBackoffBase(Lengths.message(base)).build());
    }

    /**
     * Wait before the first retry.
     *
     * @param base the first wait
     * @param factor by which each next wait is longer
     * @param jitter share of the wait, 0 to 1, within which it is drawn at random
     * @return the same with it
     */
    public Retry backoff(Duration base, double factor, double jitter) {
        return new Retry(policy.toBuilder()
                .setBackoffBase(Lengths.message(base))
                .setBackoffFactor(factor)
                .setJitter(jitter)
                .build());
    }

    /**
     * Longest wait.
     *
     * @param length the longest
     * @return the same with it
     */
    public Retry longestWait(Duration length) {
        return new Retry(
                policy.toBuilder().setBackoffCap(Lengths.message(length)).build());
    }

    /**
     * Retries after failures of the infrastructure, which are counted apart.
     *
     * @param count further attempts; 3 where nothing is said
     * @return the same with them
     */
    public Retry infrastructure(int count) {
        return new Retry(policy.toBuilder().setMaxInfrastructureRetries(count).build());
    }

    /**
     * What is retried; all, where nothing is said.
     *
     * @param codes error codes, and names of exception classes
     * @return the same with them
     */
    public Retry on(String... codes) {
        return new Retry(policy.toBuilder().addAllRetryOn(Arrays.asList(codes)).build());
    }

    /**
     * Exceptions that are retried.
     *
     * @param exceptions their classes
     * @return the same with them
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // they are only read
    public final Retry on(Class<? extends Throwable>... exceptions) {
        return on(Arrays.asList(exceptions).stream().map(Class::getName).toArray(String[]::new));
    }

    /**
     * More memory for the next attempt of one that ran out of it.
     *
     * @param factor above 1
     * @param most memory beyond which it does not grow: {@code 16Gi}
     * @return the same with it
     */
    public Retry growMemory(double factor, String most) {
        return new Retry(policy.toBuilder()
                .setMemoryGrowth(factor)
                .setMaxMemoryBytes(Sizes.bytes(most))
                .build());
    }

    RetryPolicy message() {
        return policy;
    }
}
