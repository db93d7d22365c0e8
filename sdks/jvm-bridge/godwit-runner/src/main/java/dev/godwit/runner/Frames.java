package dev.godwit.runner;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/** Messages over a byte stream, each after its length as a varint. */
final class Frames {
    /** Largest message. */
    static final int MAX_BYTES = 67_108_864;

    private static final int MAX_LENGTH_BYTES = 5;
    private static final int GROUP_BITS = 7;
    private static final int GROUP_MASK = 0x7f;

    private Frames() {}

    /**
     * Writes a message as a whole.
     *
     * @param message the message
     * @param sink where to
     * @throws IOException the other side is gone
     */
    static void write(MessageLite message, OutputStream sink) throws IOException {
        int size = message.getSerializedSize();
        byte[] frame = new byte[CodedOutputStream.computeUInt32SizeNoTag(size) + size];
        CodedOutputStream coded = CodedOutputStream.newInstance(frame);
        coded.writeUInt32NoTag(size);
        message.writeTo(coded);
        coded.checkNoSpaceLeft();
        sink.write(frame);
    }

    /**
     * Reads a message.
     *
     * @param parser of the message
     * @param source where from
     * @param <M> the message
     * @return the message; empty at the end of the stream
     * @throws IOException the stream ends inside a frame, or what comes is none
     */
    static <M extends MessageLite> Optional<M> read(Parser<M> parser, InputStream source) throws IOException {
        int size = readLength(source);
        if (size < 0) {
            return Optional.empty();
        }
        byte[] payload = source.readNBytes(size);
        if (payload.length < size) {
            throw new EOFException("the stream ended inside a frame");
        }
        try {
            return Optional.of(parser.parseFrom(payload));
        } catch (InvalidProtocolBufferException error) {
            throw new IOException("a frame holds no message", error);
        }
    }

    private static int readLength(InputStream source) throws IOException {
        long length = 0;
        for (int group = 0; group < MAX_LENGTH_BYTES; group++) {
            int next = source.read();
            if (next < 0) {
                if (group == 0) {
                    return -1;
                }
                throw new EOFException("the stream ended inside a frame");
            }
            length |= (long) (next & GROUP_MASK) << (GROUP_BITS * group);
            if (next <= GROUP_MASK) {
                if (length > MAX_BYTES) {
                    throw new IOException("a frame of " + length + " bytes is longer than " + MAX_BYTES);
                }
                return (int) length;
            }
        }
        throw new IOException("a length is no varint");
    }
}
