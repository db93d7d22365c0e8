package dev.godwit.values;

import java.nio.file.Path;

/** A folder with its files and sub-folders, passed by reference. */
public final class Directory extends Blob {
    Directory(Place place) {
        super(place);
    }

    /**
     * A folder that is there, or will be when the task returns.
     *
     * @param path where it is
     * @return the folder
     */
    public static Directory of(Path path) {
        return new Directory(Place.of(path));
    }

    /**
     * A folder that is stored already.
     *
     * @param uri where it is
     * @return the folder
     */
    public static Directory at(String uri) {
        return new Directory(Place.at(uri));
    }

    /**
     * The same folder, said to be of a format.
     *
     * @param format a dotted name
     * @return the folder
     */
    public Directory formatted(String format) {
        return new Directory(place().formatted(format));
    }
}
