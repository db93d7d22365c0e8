package dev.godwit.runner;

import dev.godwit.idl.core.v1.LogSlice;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Where standard output and error go, and what of it was written by which attempt. */
final class LogFile {
    private static final int BUFFER_BYTES = 8192;

    private String name;
    private FileChannel channel;
    private long end;

    /**
     * The file that standard output is.
     *
     * @param name how the backend calls it; empty: it is no file that the backend knows
     */
    LogFile(String name) {
        this.name = name;
        open(new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err));
    }

    /**
     * Goes on in another file.
     *
     * @param path the file, to which is appended
     * @param to how the backend calls it
     * @throws IOException the file cannot be opened
     */
    void redirect(String path, String to) throws IOException {
        flush();
        FileOutputStream file = new FileOutputStream(path, true);
        name = to;
        open(file, file);
    }

    private void open(FileOutputStream out, FileOutputStream err) {
        System.setOut(printing(out));
        System.setErr(printing(err));
        channel = out.getChannel();
        end = size();
    }

    private static PrintStream printing(FileOutputStream stream) {
        return new PrintStream(new BufferedOutputStream(stream, BUFFER_BYTES), true, StandardCharsets.UTF_8);
    }

    /** Writes out what was printed so far. */
    void flush() {
        System.out.flush();
        System.err.flush();
    }

    /**
     * What was written since this was asked before.
     *
     * @return where; empty where nothing was, or where the backend knows no file
     */
    Optional<LogSlice> taken() {
        flush();
        long begin = end;
        end = size();
        if (name.isEmpty() || end <= begin) {
            return Optional.empty();
        }
        return Optional.of(LogSlice.newBuilder()
                .setSegment(name)
                .setBegin(begin)
                .setEnd(end)
                .build());
    }

    private long size() {
        try {
            return name.isEmpty() ? 0 : channel.size();
        } catch (IOException error) {
            return end; // task code has closed it: nothing more is written
        }
    }
}
