package dev.godwit.values;

import dev.godwit.digest.CacheKeys;
import dev.godwit.errors.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Data of one attempt in a local folder; {@code file:} uris only. */
public final class LocalData implements Data {
    private static final int BLOCK_BYTES = 1 << 16;

    private final Path folder;
    private final Map<Path, Stored> stored = new HashMap<>();
    private int made;

    /**
     * Keeps data below a folder, which is made at the first use.
     *
     * @param folder where everything is kept
     */
    public LocalData(Path folder) {
        this.folder = folder.toAbsolutePath();
    }

    @Override
    public synchronized Path create(String name) {
        try {
            made++;
            while (Files.exists(folder.resolve(Integer.toString(made)))) {
                made++;
            }
            return Files.createDirectories(folder.resolve(Integer.toString(made)))
                    .resolve(name);
        } catch (IOException error) {
            throw unstorable(folder, error);
        }
    }

    @Override
    public synchronized Stored publish(Path path) {
        Path whole = path.toAbsolutePath();
        Stored known = stored.get(whole);
        if (known != null) {
            return known;
        }
        try {
            Path kept = whole.startsWith(folder) ? whole : copied(whole);
            Stored measured = Files.isDirectory(kept) ? ofTree(kept) : ofFile(kept);
            stored.put(whole, measured);
            return measured;
        } catch (IOException error) {
            throw unstorable(whole, error);
        }
    }

    @Override
    public Path local(String uri) {
        Path path = path(uri);
        if (!Files.exists(path)) {
            throw missing(uri, null);
        }
        return path;
    }

    @Override
    public InputStream open(String uri) {
        try {
            return Files.newInputStream(path(uri));
        } catch (NoSuchFileException error) {
            throw missing(uri, error);
        } catch (IOException error) {
            throw new DataException(
                    "BLOB_MISSING", uri + " cannot be read: " + error + ".", "Check permissions.", error);
        }
    }

    /**
     * The path that a {@code file:} uri of this host names.
     *
     * @param uri the uri
     * @return the path
     * @throws DataException the uri is of another scheme
     */
    public static Path path(String uri) {
        try {
            URI parsed = URI.create(uri);
            if ("file".equals(parsed.getScheme())) {
                return Path.of(parsed.getPath());
            }
        } catch (IllegalArgumentException error) {
            throw unreadable(uri, error);
        }
        throw unreadable(uri, null);
    }

    /**
     * The uri of a path, as every SDK writes it: {@code file:///a/b}.
     *
     * @param path a file or folder
     * @return the uri
     */
    public static String uri(Path path) {
        String written = path.toAbsolutePath().toUri().getRawPath();
        return "file://"
                + (written.length() > 1 && written.endsWith("/")
                        ? written.substring(0, written.length() - 1)
                        : written);
    }

    private Path copied(Path source) throws IOException {
        Path target = create(source.getFileName().toString());
        try (Stream<Path> paths = Files.walk(source, FileVisitOption.FOLLOW_LINKS)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Files.copy(
                        path, target.resolve(source.relativize(path).toString()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return target;
    }

    private static Stored ofFile(Path file) throws IOException {
        return new Stored(uri(file), Files.size(file), digest(file));
    }

    private static Stored ofTree(Path root) throws IOException {
        List<CacheKeys.Entry> entries = new ArrayList<>();
        long size = 0;
        try (Stream<Path> paths = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
            for (Path path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
                size += Files.size(path);
                String relative = root.relativize(path)
                        .toString()
                        .replace(path.getFileSystem().getSeparator(), "/");
                entries.add(new CacheKeys.Entry(relative, digest(path)));
            }
        }
        return new Stored(uri(root), size, CacheKeys.treeDigest(entries));
    }

    private static String digest(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            DigestInputStream digesting = new DigestInputStream(stream, MessageDigest.getInstance("SHA-256"));
            byte[] block = new byte[BLOCK_BYTES];
            while (digesting.read(block) >= 0) {
                continue;
            }
            return "sha256:"
                    + HexFormat.of().formatHex(digesting.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException("every Java has SHA-256", error);
        }
    }

    private static DataException missing(String uri, Exception cause) {
        return new DataException(
                "BLOB_MISSING", "There is nothing at " + uri + ".", "Run the task that produced it again.", cause);
    }

    private static DataException unreadable(String uri, Exception cause) {
        return new DataException(
                "BLOB_MISSING",
                "Expected a file: uri of this machine, got " + uri + ".",
                "The platform brings data of other stores here before a task starts.",
                cause);
    }

    private static DataException unstorable(Path path, IOException error) {
        return new DataException(
                "BLOB_STORE",
                "Could not store " + path + ": " + error + ".",
                "Check free space and permissions.",
                error);
    }
}
