package dev.godwit.runtime;

/** Which task runs on which thread; for runners. */
public final class CurrentContext {
    private static final InheritableThreadLocal<TaskContext> CURRENT = new InheritableThreadLocal<>();

    private CurrentContext() {}

    static TaskContext get() {
        return CURRENT.get();
    }

    /**
     * Makes a context that of this thread.
     *
     * @param context the context
     * @return ends this when it is closed
     */
    public static Scope enter(TaskContext context) {
        TaskContext before = CURRENT.get();
        CURRENT.set(context);
        return () -> {
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        };
    }

    /** The time in which a context is that of its thread. */
    @FunctionalInterface
    public interface Scope extends AutoCloseable {
        @Override
        void close();
    }
}
