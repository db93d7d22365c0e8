package dev.godwit.authoring;

import java.time.Duration;

/**
 * How long a node may take; each limit has an error code of its own. What is null has no limit.
 *
 * @param attempt longest run of one attempt
 * @param queue longest wait of one attempt for its place
 * @param overall longest time from the node's readiness to its end, retries included
 */
public record Timeouts(Duration attempt, Duration queue, Duration overall) {
    /**
     * A limit of each attempt alone.
     *
     * @param length the longest run
     * @return the limit
     */
    public static Timeouts ofAttempt(Duration length) {
        return new Timeouts(length, null, null);
    }

    dev.godwit.idl.core.v1.Timeouts message() {
        dev.godwit.idl.core.v1.Timeouts.Builder message = dev.godwit.idl.core.v1.Timeouts.newBuilder();
        if (attempt != null) {
            message.setAttempt(Lengths.message(attempt));
        }
        if (queue != null) {
            message.setQueue(Lengths.message(queue));
        }
        if (overall != null) {
            message.setOverall(Lengths.message(overall));
        }
        return message.build();
    }
}
