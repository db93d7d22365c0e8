package dev.godwit.digest;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/** Bytes in the making, in the notation of the contract: big-endian numbers, texts and bytes with their lengths. */
final class Encoder {
    private byte[] buffer;
    private int size;

    Encoder() {
        this(64);
    }

    Encoder(int capacity) {
        buffer = new byte[capacity];
    }

    Encoder tag(char ascii) {
        return u8(ascii);
    }

    Encoder u8(int value) {
        reserve(1);
        buffer[size++] = (byte) value;
        return this;
    }

    Encoder i32(int value) {
        return u8(value >>> 24).u8(value >>> 16).u8(value >>> 8).u8(value);
    }

    Encoder i64(long value) {
        return i32((int) (value >>> 32)).i32((int) value);
    }

    /** The eight bytes of a binary64: every NaN is one, both zeros are kept. */
    Encoder binary64(double value) {
        return i64(Double.doubleToLongBits(value));
    }

    Encoder bytes(byte[] value) {
        reserve(value.length);
        System.arraycopy(value, 0, buffer, size, value.length);
        size += value.length;
        return this;
    }

    Encoder raw(byte[] value) {
        return i64(value.length).bytes(value);
    }

    Encoder text(String value) {
        return raw(utf8(value));
    }

    /** The number of the pieces, then the pieces. */
    Encoder counted(List<byte[]> pieces) {
        i64(pieces.size());
        pieces.forEach(this::bytes);
        return this;
    }

    byte[] made() {
        return Arrays.copyOf(buffer, size);
    }

    private void reserve(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
        }
    }

    static byte[] utf8(String value) {
        if (!isUnicode(value)) {
            throw new DigestException("a lone surrogate is no Unicode text");
        }
        return value.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether a text has no lone surrogate. */
    static boolean isUnicode(String value) {
        int length = value.length();
        for (int i = 0; i < length; i++) {
            char unit = value.charAt(i);
            if (!Character.isSurrogate(unit)) {
                continue;
            }
            boolean paired =
                    Character.isHighSurrogate(unit) && i + 1 < length && Character.isLowSurrogate(value.charAt(i + 1));
            if (!paired) {
                return false;
            }
            i++;
        }
        return true;
    }

    static byte[] ascii(String tag) {
        return tag.getBytes(StandardCharsets.US_ASCII);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException("every Java has SHA-256", error);
        }
    }

    static byte[] sha256(String tag, byte[]... parts) {
        MessageDigest digest = sha256();
        digest.update(ascii(tag + "\0"));
        for (byte[] part : parts) {
            digest.update(part);
        }
        return digest.digest();
    }
}
