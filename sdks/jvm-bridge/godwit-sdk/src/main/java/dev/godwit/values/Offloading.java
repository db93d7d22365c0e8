package dev.godwit.values;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.errors.DataException;
import dev.godwit.idl.core.v1.DataIndex;
import dev.godwit.idl.core.v1.DataRef;
import dev.godwit.idl.core.v1.ListLiteral;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Values that are too large for a message: how they are stored, and read again. A list is stored item by item, with a
 * footer of offsets; any other value as its encoded literal. The digest is that of the value.
 */
public final class Offloading {
    /** Largest literal that travels inside a message, in bytes. */
    public static final int INLINE_LIMIT_BYTES = 65_536;

    /** Largest message of literals, in bytes. */
    public static final int MESSAGE_LIMIT_BYTES = 1_048_576;

    private Offloading() {}

    /**
     * Stores a value, and returns the reference to it. One whose encoding is 64 bytes or shorter is returned as it is: in a
     * digest it stands for itself.
     *
     * @param literal the value; no reference
     * @param type its type
     * @param data where it is kept
     * @param name what the file is called after: the output's name
     * @return a reference
     * @throws DataException it cannot be stored
     */
    public static Literal offload(Literal literal, Type type, Data data, String name) {
        boolean small = literal.getSerializedSize() <= INLINE_LIMIT_BYTES;
        if (literal.hasReference() || (small && literal.getHash().isEmpty() && isShort(literal))) {
            return literal;
        }
        DataRef.Builder reference =
                DataRef.newBuilder().setType(type).setDigest(ByteString.copyFrom(LiteralDigest.digest(literal)));
        Path path = data.create(name + ".pb");
        try (DataOutputStream sink = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(path)))) {
            List<Literal> items = literal.getHash().isEmpty() && isList(literal, type) ? items(literal) : null;
            if (items == null) {
                literal.writeTo(sink);
            } else {
                reference.setItemCount(items.size()).setIndex(writeItems(items, sink));
            }
        } catch (IOException error) {
            throw new DataException(
                    "BLOB_STORE", "Could not store " + path + ": " + error + ".", "Check free space.", error);
        }
        Data.Stored stored = data.publish(path);
        reference.setUri(stored.uri()).setSizeBytes(stored.sizeBytes());
        return Literal.newBuilder()
                .setReference(reference)
                .setHash(literal.getHash())
                .build();
    }

    private static boolean isList(Literal literal, Type type) {
        return type.hasList() && items(literal) != null;
    }

    private static boolean isShort(Literal literal) {
        return LiteralDigest.encode(literal).length <= LiteralDigest.MAX_TOKEN_BYTES;
    }

    private static DataIndex writeItems(List<Literal> items, DataOutputStream sink) throws IOException {
        long[] offsets = new long[items.size() + 1];
        for (int i = 0; i < items.size(); i++) {
            byte[] encoded = items.get(i).toByteArray();
            sink.write(encoded);
            offsets[i + 1] = offsets[i] + encoded.length;
        }
        for (long offset : offsets) {
            sink.writeLong(offset);
        }
        return DataIndex.newBuilder().setFooterOffset(offsets[items.size()]).build();
    }

    /**
     * The items of a list or tuple, packed or not.
     *
     * @param literal any literal
     * @return its items; null of what is no list
     */
    static List<Literal> items(Literal literal) {
        List<Literal> items = new ArrayList<>();
        switch (literal.getKindCase()) {
            case LIST -> items.addAll(literal.getList().getItemsList());
            case INTS ->
                literal.getInts()
                        .getItemsList()
                        .forEach(one ->
                                items.add(Literal.newBuilder().setIntValue(one).build()));
            case FLOATS ->
                literal.getFloats()
                        .getItemsList()
                        .forEach(one -> items.add(
                                Literal.newBuilder().setFloatValue(one).build()));
            default -> {
                return null;
            }
        }
        return items;
    }

    /**
     * The value that a reference stands for.
     *
     * @param reference where it is
     * @param data reads it
     * @return the value, inline
     * @throws DataException it is missing, or has another size, form or digest than the reference says
     */
    public static Literal load(DataRef reference, Data data) {
        byte[] stored;
        try (InputStream stream = data.open(reference.getUri())) {
            stored = stream.readAllBytes();
        } catch (IOException error) {
            throw corrupt(reference, "cannot be read: " + error, error);
        }
        return decode(reference, stored);
    }

    /**
     * The value that a reference stands for, of the bytes at its uri.
     *
     * @param reference what is stored
     * @param stored all of its bytes
     * @return the value, inline
     * @throws DataException they have another size, form or digest than the reference says
     */
    public static Literal decode(DataRef reference, byte[] stored) {
        if (stored.length != reference.getSizeBytes()) {
            throw corrupt(reference, "has " + stored.length + " bytes, not " + reference.getSizeBytes(), null);
        }
        try {
            Literal literal = reference.hasIndex() ? readItems(reference, stored) : Literal.parseFrom(stored);
            if (!Arrays.equals(
                    LiteralDigest.digest(literal), reference.getDigest().toByteArray())) {
                throw corrupt(reference, "holds another value", null);
            }
            return literal;
        } catch (InvalidProtocolBufferException | dev.godwit.digest.DigestException error) {
            throw corrupt(reference, "holds no literal", error);
        }
    }

    private static Literal readItems(DataRef reference, byte[] stored) throws InvalidProtocolBufferException {
        long footer = reference.getIndex().getFooterOffset();
        long count = reference.getItemCount();
        if (footer < 0 || count < 0 || count >= stored.length || footer != stored.length - (count + 1) * Long.BYTES) {
            throw corrupt(reference, "has no footer of offsets where the reference says", null);
        }
        ByteBuffer offsets = ByteBuffer.wrap(stored, (int) footer, stored.length - (int) footer);
        ListLiteral.Builder list = ListLiteral.newBuilder();
        long begin = offsets.getLong();
        for (long i = 0; i < count; i++) {
            long end = offsets.getLong();
            if (begin < 0 || end < begin || end > footer) {
                throw corrupt(reference, "has offsets that lead nowhere", null);
            }
            list.addItems(Literal.parseFrom(ByteBuffer.wrap(stored, (int) begin, (int) (end - begin))));
            begin = end;
        }
        return Literal.newBuilder().setList(list).build();
    }

    private static DataException corrupt(DataRef reference, String what, Exception cause) {
        return new DataException(
                "DATA_CORRUPT", reference.getUri() + " " + what + ".", "Run the task that produced it again.", cause);
    }
}
