package dev.godwit.runner;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where attempts run.
 *
 * @param report where a report is looked for; empty: it is kept as the outputs are
 * @param links tells places to look at
 * @param environment of the process
 */
record Surroundings(Optional<Path> report, Links links, Map<String, String> environment) {
    /** Tells where the work of an attempt can be looked at. */
    @FunctionalInterface
    interface Links {
        /**
         * Tells a place.
         *
         * @param attempt id of the attempt
         * @param name what it is
         * @param url where it is
         */
        void tell(String attempt, String name, String url);
    }
}
