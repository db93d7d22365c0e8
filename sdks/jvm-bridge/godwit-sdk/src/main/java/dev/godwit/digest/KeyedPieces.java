package dev.godwit.digest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Encoded pairs that are sorted by their keys, which must differ. */
final class KeyedPieces {
    private record Piece(byte[] key, byte[] rest) {}

    private final String what;
    private final List<Piece> pieces = new ArrayList<>();

    /** @param what what has the keys, for the message: {@code field} */
    KeyedPieces(String what) {
        this.what = what;
    }

    void add(byte[] key, byte[] rest) {
        pieces.add(new Piece(key, rest));
    }

    void add(String name, byte[] rest) {
        add(new Encoder().text(name).made(), rest);
    }

    Encoder into(Encoder target) {
        pieces.sort((left, right) -> Arrays.compareUnsigned(left.key(), right.key()));
        target.i64(pieces.size());
        byte[] before = null;
        for (Piece piece : pieces) {
            if (Arrays.equals(before, piece.key())) {
                throw new DigestException("two equal keys: a " + what + " stands twice");
            }
            target.bytes(piece.key()).bytes(piece.rest());
            before = piece.key();
        }
        return target;
    }
}
