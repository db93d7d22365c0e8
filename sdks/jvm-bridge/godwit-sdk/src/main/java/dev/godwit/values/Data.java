package dev.godwit.values;

import dev.godwit.errors.DataException;
import java.io.InputStream;
import java.nio.file.Path;

/** Where files, and values that are too large for a message, are kept and read from. */
public interface Data {
    /**
     * What was stored.
     *
     * @param uri where it is
     * @param sizeBytes size of all of its bytes
     * @param digest digest of its content, {@code sha256:…}: of a file's bytes, of a folder's tree
     */
    record Stored(String uri, long sizeBytes, String digest) {}

    /**
     * A new local path for a file or folder, for the caller to make.
     *
     * @param name the last part of the path; equal names give different paths
     * @return the path; its folder exists
     * @throws DataException it cannot be made
     */
    Path create(String name);

    /**
     * Stores a file or folder.
     *
     * @param path what came from {@link #create}, which may be moved away, or the user's own, which is left as it is
     * @return where it is now, and its size and digest
     * @throws DataException it cannot be read or stored
     */
    Stored publish(Path path);

    /**
     * A local path of a file or folder, brought here first if need be; it must not be written to.
     *
     * @param uri where it is
     * @return the path
     * @throws DataException there is nothing, or it cannot be read
     */
    Path local(String uri);

    /**
     * Opens a file for reading.
     *
     * @param uri where it is
     * @return its bytes
     * @throws DataException there is nothing, or it cannot be read
     */
    InputStream open(String uri);

    /**
     * What keeps nothing: for constants and defaults, which stand in a spec and can have no file beside them.
     *
     * @return raises {@code DATA_UNAVAILABLE} at every use
     */
    static Data none() {
        return NoData.INSTANCE;
    }
}
