package dev.godwit.values;

import java.nio.file.Path;
import java.util.OptionalLong;

/** A folder with its files and sub-folders, passed by reference. */
public final class Directory extends Blob {
    private final OptionalLong fileCount;

    Directory(Place place, OptionalLong fileCount) {
        super(place);
        this.fileCount = fileCount;
    }

    /**
     * A folder that is there, or will be when the task returns.
     *
     * @param path where it is
     * @return the folder
     */
    public static Directory of(Path path) {
        return new Directory(Place.of(path), OptionalLong.empty());
    }

    /**
     * A folder that is stored already.
     *
     * @param uri where it is
     * @return the folder
     */
    public static Directory at(String uri) {
        return new Directory(Place.at(uri), OptionalLong.empty());
    }

    /**
     * The same folder, said to be of a format.
     *
     * @param format a dotted name
     * @return the folder
     */
    public Directory formatted(String format) {
        return new Directory(place().formatted(format), fileCount);
    }

    /**
     * Its number of files.
     *
     * @return files; empty while it is not stored, or unknown
     */
    public OptionalLong fileCount() {
        return fileCount;
    }
}
