package dev.godwit.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.godwit.idl.runner.v1.Command;
import dev.godwit.idl.runner.v1.Stop;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramesTest {
    private static Optional<Command> read(int... bytes) throws IOException {
        byte[] given = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            given[i] = (byte) bytes[i];
        }
        return Frames.read(Command.parser(), new ByteArrayInputStream(given));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 126, 127, 128, 16_383, 16_384, 3_000_000})
    void whatIsWrittenIsRead(int size) throws IOException {
        Command.Builder command = Command.newBuilder();
        command.getCancelBuilder().addIds("x".repeat(size));
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        Frames.write(command.build(), sink);
        Frames.write(Command.newBuilder().setStop(Stop.getDefaultInstance()).build(), sink);
        ByteArrayInputStream source = new ByteArrayInputStream(sink.toByteArray());
        assertEquals(Optional.of(command.build()), Frames.read(Command.parser(), source));
        assertTrue(Frames.read(Command.parser(), source).orElseThrow().hasStop());
        assertEquals(Optional.empty(), Frames.read(Command.parser(), source));
    }

    @Test
    void anEndInsideAFrameIsALostPeer() {
        assertThrows(EOFException.class, () -> read(0x80));
        assertThrows(EOFException.class, () -> read(5, 1, 2));
    }

    @Test
    void whatIsNoLengthEndsTheConnection() {
        assertThrows(IOException.class, () -> read(0xff, 0xff, 0xff, 0xff, 0xff, 1));
        assertThrows(IOException.class, () -> read(0x81, 0x80, 0x80, 0x20));
        assertThrows(IOException.class, () -> read(1, 0xff));
    }
}
