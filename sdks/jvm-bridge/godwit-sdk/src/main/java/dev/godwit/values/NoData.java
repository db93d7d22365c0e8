package dev.godwit.values;

import dev.godwit.errors.DataException;
import java.io.InputStream;
import java.nio.file.Path;

/** Keeps nothing. */
enum NoData implements Data {
    /** The only one. */
    INSTANCE;

    @Override
    public Path create(String name) {
        throw unavailable();
    }

    @Override
    public Stored publish(Path path) {
        throw unavailable();
    }

    @Override
    public Path local(String uri) {
        throw unavailable();
    }

    @Override
    public InputStream open(String uri) {
        throw unavailable();
    }

    private static DataException unavailable() {
        return new DataException(
                "DATA_UNAVAILABLE",
                "A constant or default is too large to stand in a spec, or is a file, folder or table.",
                "Load it in a task, or make it an input.",
                null);
    }
}
