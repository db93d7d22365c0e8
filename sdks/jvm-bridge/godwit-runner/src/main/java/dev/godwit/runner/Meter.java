package dev.godwit.runner;

import dev.godwit.idl.core.v1.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What an attempt uses: time on the wall, processor time of the process, highest resident memory. */
final class Meter {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");
    private static final String RESET_PEAK = "5";
    private static final long KIB = 1024;

    /** Of a shorter attempt the peak stays unknown: reading it would take longer. */
    private static final long MEASURED_NANOS = 5_000_000;

    private long wall;
    private Duration processor = Duration.ZERO;

    /** Begins anew. */
    void start() {
        wall = System.nanoTime();
        processor = processorTime();
    }

    /**
     * What was used since the start.
     *
     * @return the usage
     */
    Usage read() {
        long passed = System.nanoTime() - wall;
        Usage.Builder usage = Usage.newBuilder()
                .setWallMicros(passed / 1000)
                .setCpuMicros(Math.max(0, processorTime().minus(processor).toNanos() / 1000));
        if (passed >= MEASURED_NANOS) {
            usage.setPeakMemoryBytes(peakMemory());
            resetPeak();
        }
        return usage.build();
    }

    private static Duration processorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static long peakMemory() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * KIB;
                }
            }
        } catch (IOException | NumberFormatException error) {
            return 0; // no such system: it stays unknown
        }
        return 0;
    }

    private static void resetPeak() {
        try {
            Files.writeString(CLEAR, RESET_PEAK);
        } catch (IOException error) {
            return; // the peak is then that of the whole process
        }
    }
}
