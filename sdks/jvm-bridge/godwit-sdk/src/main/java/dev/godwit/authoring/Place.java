package dev.godwit.authoring;

import dev.godwit.idl.core.v1.SourceLocation;
import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;

/**
 * Where something is declared.
 *
 * @param owner the class whose code declares it
 * @param file name of its source file; empty where the class file does not say
 * @param line from 1; 0 where the class file does not say
 */
record Place(Class<?> owner, String file, int line) {
    private static final String OWN = "dev.godwit.authoring.";

    /** The place of whoever called this package. */
    static Place ofCaller() {
        StackFrame frame = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE)
                .walk(frames -> frames.filter(one -> !isOwn(one.getDeclaringClass()))
                        .findFirst()
                        .orElseThrow());
        String file = frame.getFileName() == null ? "" : frame.getFileName();
        return new Place(frame.getDeclaringClass(), file, Math.max(frame.getLineNumber(), 0));
    }

    private static boolean isOwn(Class<?> type) {
        return type.getName().startsWith(OWN);
    }

    SourceLocation message() {
        String folder = owner.getPackageName().replace('.', '/');
        String path = folder.isEmpty() ? file : folder + "/" + file;
        return SourceLocation.newBuilder().setFile(path).setLine(line).build();
    }
}
