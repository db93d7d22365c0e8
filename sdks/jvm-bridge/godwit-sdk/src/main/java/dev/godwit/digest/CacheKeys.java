package dev.godwit.digest;

import dev.godwit.idl.core.v1.Type;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Digests of inputs, of values yet to be converted, of folders; and the cache key. */
public final class CacheKeys {
    private CacheKeys() {}

    /**
     * An input and the digest of its value.
     *
     * @param name the input
     * @param digest 32 bytes
     */
    public record Input(String name, byte[] digest) {}

    /**
     * A file of a folder.
     *
     * @param path relative to the folder, with {@code /} between its parts
     * @param digest {@code sha256:} and 64 hexadecimal digits
     */
    public record Entry(String path, String digest) {}

    /**
     * The digest of inputs, after defaults are filled in, without the ignored ones.
     *
     * @param inputs in any order
     * @return 32 bytes
     * @throws DigestException a name stands twice, or a digest is of another length
     */
    public static byte[] inputsDigest(List<Input> inputs) {
        KeyedPieces pieces = new KeyedPieces("input");
        inputs.forEach(input -> pieces.add(input.name(), checked(input.digest())));
        return Encoder.sha256("godwit.inputs.v1", pieces.into(new Encoder()).made());
    }

    /**
     * The cache key.
     *
     * @param scope what the cache is of
     * @param interfaceDigest 32 bytes
     * @param inputsDigest 32 bytes
     * @return 32 bytes
     * @throws DigestException a digest is of another length
     */
    public static byte[] cacheKey(CacheScope scope, byte[] interfaceDigest, byte[] inputsDigest) {
        Encoder texts = new Encoder()
                .text(scope.project())
                .text(scope.domain())
                .text(scope.task())
                .text(scope.version())
                .text(scope.salt());
        return Encoder.sha256("godwit.cache.v1", texts.made(), checked(interfaceDigest), checked(inputsDigest));
    }

    /**
     * The digest by which a value counts that its reader converts.
     *
     * @param value digest of the value
     * @param source the value's type
     * @param target the type that it is converted to
     * @return 32 bytes
     * @throws DigestException a type has no digest, or the value's is of another length
     */
    public static byte[] castDigest(byte[] value, Type source, Type target) {
        return Encoder.sha256("godwit.cast.v1", checked(value), TypeDigest.digest(source), TypeDigest.digest(target));
    }

    /**
     * The digest of a folder.
     *
     * @param entries its files, in any order
     * @return {@code sha256:} and 64 hexadecimal digits
     * @throws DigestException a path is none, stands twice, or is the folder of another; a digest is none
     */
    public static String treeDigest(List<Entry> entries) {
        Set<String> files = new HashSet<>();
        entries.forEach(entry -> files.add(entry.path()));
        KeyedPieces pieces = new KeyedPieces("path");
        for (Entry entry : entries) {
            checkPath(entry.path(), files);
            if (!Scalars.isContentDigest(entry.digest())) {
                throw new DigestException("no digest of content: " + entry.digest());
            }
            pieces.add(entry.path(), new Encoder().text(entry.digest()).made());
        }
        byte[] digest =
                Encoder.sha256("godwit.tree.v1", pieces.into(new Encoder()).made());
        return "sha256:" + HexFormat.of().formatHex(digest);
    }

    private static void checkPath(String path, Set<String> files) {
        if (path.indexOf('\0') >= 0) {
            throw new DigestException("a zero character in a path");
        }
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new DigestException("no path in a folder: " + path);
            }
        }
        for (int at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
            if (files.contains(path.substring(0, at))) {
                throw new DigestException("a file that is the folder of " + path);
            }
        }
    }

    private static byte[] checked(byte[] digest) {
        if (digest.length != LiteralDigest.BYTES) {
            throw new DigestException("a digest of " + digest.length + " bytes");
        }
        return Arrays.copyOf(digest, digest.length);
    }
}
