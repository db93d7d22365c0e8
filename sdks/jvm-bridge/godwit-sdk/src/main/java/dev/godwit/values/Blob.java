package dev.godwit.values;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What is passed by reference: a file, a directory, a table. One that a task makes has a path; one that it is given has a
 * uri, and is brought here at the first use of its path.
 */
public abstract sealed class Blob permits File, Directory, Table {
    private final Place place;

    /**
     * Where a blob is, and what is known of it.
     *
     * @param path its local path; null of one that was not brought here
     * @param uri where it is stored; empty of one that is not stored yet
     * @param data reads it; null of one that is not stored yet
     * @param name its name for readers; empty: unnamed
     * @param format its format; empty: unknown
     * @param sizeBytes its size, if known
     * @param digest digest of its content; empty: unknown
     */
    record Place(Path path, String uri, Data data, String name, String format, OptionalLong sizeBytes, String digest) {
        static Place of(Path path) {
            Path whole = path.toAbsolutePath();
            String name = String.valueOf(whole.getFileName());
            return new Place(whole, "", null, name, "", OptionalLong.empty(), "");
        }

        static Place at(String uri) {
            return new Place(null, uri, null, "", "", OptionalLong.empty(), "");
        }

        Place named(String other) {
            return new Place(path, uri, data, other, format, sizeBytes, digest);
        }

        Place formatted(String other) {
            return new Place(path, uri, data, name, other, sizeBytes, digest);
        }
    }

    Blob(Place place) {
        this.place = place;
    }

    final Place place() {
        return place;
    }

    /**
     * A local path, brought here first if need be. What was given to a task must not be written to.
     *
     * @return the path
     * @throws dev.godwit.errors.DataException it is not where it is said to be
     */
    public final Path path() {
        if (place.path() != null) {
            return place.path();
        }
        return place.data() == null ? LocalData.path(place.uri()) : place.data().local(place.uri());
    }

    /**
     * Where it is stored; of one that is not stored yet, its path as a {@code file:} uri.
     *
     * @return the uri
     */
    public final String uri() {
        return place.uri().isEmpty() ? LocalData.uri(place.path()) : place.uri();
    }

    /**
     * Its name for readers, without folders.
     *
     * @return the name; empty of an unnamed one
     */
    public final String name() {
        return place.name();
    }

    /**
     * Its format.
     *
     * @return an extension without its dot, or a dotted name; empty where it is unknown
     */
    public final String format() {
        return place.format();
    }

    /**
     * The digest of its content.
     *
     * @return {@code sha256:} and 64 digits; empty while it is not stored, or unknown
     */
    public final String digest() {
        return place.digest();
    }

    /**
     * Its size.
     *
     * @return bytes; empty where it is unknown
     */
    public final OptionalLong sizeBytes() {
        return place.sizeBytes();
    }

    final InputStream openStream() {
        try {
            if (place.path() == null && place.data() != null) {
                return place.data().open(place.uri());
            }
            return Files.newInputStream(path());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName() + "(" + uri() + ")";
    }
}
