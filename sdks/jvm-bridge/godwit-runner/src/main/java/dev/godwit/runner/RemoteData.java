package dev.godwit.runner;

import dev.godwit.errors.DataException;
import dev.godwit.values.Data;
import dev.godwit.values.LocalData;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Data of an attempt whose outputs are kept in a store that this runner does not know: it reads what is on this host. */
final class RemoteData implements Data {
    private final String prefix;

    /**
     * Data that are to be kept elsewhere.
     *
     * @param prefix the uri below which they are to be kept
     */
    RemoteData(String prefix) {
        this.prefix = prefix;
    }

    @Override
    public Path create(String name) {
        throw unknown();
    }

    @Override
    public Stored publish(Path path) {
        throw unknown();
    }

    @Override
    public Path local(String uri) {
        return LocalData.path(uri);
    }

    @Override
    public InputStream open(String uri) {
        try {
            return Files.newInputStream(LocalData.path(uri));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private DataException unknown() {
        return new DataException(
                "DATA_UNAVAILABLE",
                "Files and large values are to be kept at '" + prefix
                        + "', and the runner of the JVM stores in folders.",
                "Keep values on this host, or run the task by a backend that moves data, such as container.",
                null);
    }
}
