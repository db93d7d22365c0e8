package dev.godwit.values;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A file, passed by reference: {@code File.of(Path.of("report.html"))}. */
public final class File extends Blob {
    File(Place place) {
        super(place);
    }

    /**
     * A file that is there, or will be when the task returns.
     *
     * @param path where it is
     * @return the file, named after its path
     */
    public static File of(Path path) {
        return new File(Place.of(path));
    }

    /**
     * A file that is stored already.
     *
     * @param uri where it is
     * @return the file, unnamed
     */
    public static File at(String uri) {
        return new File(Place.at(uri));
    }

    /**
     * The same file under another name.
     *
     * @param name without folders
     * @return the file
     */
    public File named(String name) {
        return new File(place().named(name));
    }

    /**
     * The same file, said to be of a format.
     *
     * @param format an extension without its dot, or a dotted name
     * @return the file
     */
    public File formatted(String format) {
        return new File(place().formatted(format));
    }

    /**
     * Opens it, as a stream from where it is stored.
     *
     * @return its bytes
     * @throws dev.godwit.errors.DataException it is not where it is said to be
     */
    public InputStream open() {
        return openStream();
    }

    /**
     * All of its bytes.
     *
     * @return its bytes
     */
    public byte[] readBytes() {
        try (InputStream stream = open()) {
            return stream.readAllBytes();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /**
     * Its whole text, in UTF-8.
     *
     * @return its text
     */
    public String readText() {
        return new String(readBytes(), StandardCharsets.UTF_8);
    }
}
