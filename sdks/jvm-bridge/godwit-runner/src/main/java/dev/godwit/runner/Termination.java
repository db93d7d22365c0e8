package dev.godwit.runner;

/** What happens when the process is told to end: task code is interrupted, so that it releases what it holds. */
final class Termination {
    private static final long RELEASE_MILLIS = 2_000;

    private static volatile boolean underWay;
    private static volatile boolean finished;

    private Termination() {}

    /** Has this thread, which runs task code, interrupted when the process is told to end. */
    static void interruptHere() {
        Thread worker = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(worker), "godwit-termination"));
    }

    private static void end(Thread worker) {
        if (finished || isExiting(worker)) {
            return;
        }
        underWay = true;
        worker.interrupt();
        try {
            worker.join(RELEASE_MILLIS);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
        System.out.flush();
        System.err.flush();
    }

    /** Whether task code itself ends the process: then that thread waits for us. */
    private static boolean isExiting(Thread worker) {
        for (StackTraceElement call : worker.getStackTrace()) {
            if (call.getClassName().equals(Runtime.class.getName())
                    && call.getMethodName().equals("exit")) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether the process was told to end.
     *
     * @return whether it was
     */
    static boolean isUnderWay() {
        return underWay;
    }

    /** Notes that nothing is left to do: the process ends by itself. */
    static void finished() {
        finished = true;
    }
}
