package dev.godwit.authoring;

/**
 * What one attempt needs: {@code Resources.none().cpu(0.5).memory("512Mi").gpu(2, "a100")}.
 *
 * @param cpuMillis processor time, in thousandths of a core; 0: nothing said
 * @param memoryBytes main memory; 0: nothing said
 * @param diskBytes scratch disk; 0: nothing said
 * @param sharedMemoryBytes shared memory; 0: the backend's default
 * @param gpus number of accelerators
 * @param gpuType kind of accelerator, as the backend names it; empty: any
 */
public record Resources(
        long cpuMillis, long memoryBytes, long diskBytes, long sharedMemoryBytes, int gpus, String gpuType) {
    private static final double MILLIS = 1000;

    /**
     * Nothing said.
     *
     * @return to be added to
     */
    public static Resources none() {
        return new Resources(0, 0, 0, 0, 0, "");
    }

    /**
     * Processor time.
     *
     * @param cores number of cores, to thousandths
     * @return the same with it
     */
    public Resources cpu(double cores) {
        long millis = Math.round(cores * MILLIS);
        if (millis <= 0) {
            throw new DeclarationException(
                    "INVALID_SETTING",
                    "Expected a number of cores above zero, got " + cores + ".",
                    "0.5 is half a core.");
        }
        return new Resources(millis, memoryBytes, diskBytes, sharedMemoryBytes, gpus, gpuType);
    }

    /**
     * Main memory.
     *
     * @param size {@code 512Mi}, {@code 2G}
     * @return the same with it
     */
    public Resources memory(String size) {
        return new Resources(cpuMillis, Sizes.bytes(size), diskBytes, sharedMemoryBytes, gpus, gpuType);
    }

    /**
     * Scratch disk.
     *
     * @param size {@code 20Gi}
     * @return the same with it
     */
    public Resources disk(String size) {
        return new Resources(cpuMillis, memoryBytes, Sizes.bytes(size), sharedMemoryBytes, gpus, gpuType);
    }

    /**
     * Shared memory.
     *
     * @param size {@code 64Mi}
     * @return the same with it
     */
    public Resources sharedMemory(String size) {
        return new Resources(cpuMillis, memoryBytes, diskBytes, Sizes.bytes(size), gpus, gpuType);
    }

    /**
     * Accelerators.
     *
     * @param count how many
     * @param type kind, as the backend names it; empty: any
     * @return the same with them
     */
    public Resources gpu(int count, String type) {
        return new Resources(cpuMillis, memoryBytes, diskBytes, sharedMemoryBytes, count, type);
    }

    dev.godwit.idl.core.v1.Resources message() {
        return dev.godwit.idl.core.v1.Resources.newBuilder()
                .setCpuMillis(cpuMillis)
                .setMemoryBytes(memoryBytes)
                .setDiskBytes(diskBytes)
                .setSharedMemoryBytes(sharedMemoryBytes)
                .setGpuCount(gpus)
                .setGpuType(gpuType)
                .build();
    }
}
