package dev.godwit.runner;

import com.google.protobuf.Timestamp;
import dev.godwit.errors.DataException;
import dev.godwit.errors.GodwitException;
import dev.godwit.errors.NonRecoverableException;
import dev.godwit.idl.core.v1.Blame;
import dev.godwit.idl.core.v1.ExceptionInfo;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.idl.core.v1.Retry;
import dev.godwit.idl.core.v1.StackFrame;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Errors of task code as data: which exception, where, whose fault, and whether to try again. */
final class Failures {
    private static final int TEXT_LIMIT_BYTES = 16_384;
    private static final int MESSAGE_BYTES = 4096;
    private static final int MAX_EXCEPTIONS = 10;
    private static final int OUTER_FRAMES = 8;
    private static final int INNER_FRAMES = 24;
    private static final List<String> OWN = List.of("dev.godwit.runner.", "dev.godwit.authoring.", "java.lang.Thread");

    private Failures() {}

    /** Whose fault an error is, and what helps. */
    private record Verdict(String code, Blame blame, Retry retry) {}

    /**
     * An exception as data. Its texts together stay below 16 KiB.
     *
     * @param raised by a task, or around it
     * @return the error
     */
    static ExecutionError describe(Throwable raised) {
        Verdict verdict = judge(raised);
        Instant now = Instant.now();
        ExecutionError.Builder error = ExecutionError.newBuilder()
                .setCode(verdict.code())
                .setMessage(cut(message(raised), MESSAGE_BYTES))
                .setBlame(verdict.blame())
                .setRetry(verdict.retry())
                .setTime(Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()));
        Throwable link = raised instanceof RunnerException && raised.getCause() != null ? raised.getCause() : raised;
        List<Throwable> seen = new ArrayList<>();
        while (link != null && seen.size() < MAX_EXCEPTIONS && !seen.contains(link)) {
            seen.add(link);
            error.addExceptions(describeOne(link));
            link = link.getCause();
        }
        return fitted(error);
    }

    private static Verdict judge(Throwable raised) {
        if (raised instanceof OutOfMemoryError) {
            return new Verdict("OUT_OF_MEMORY", Blame.BLAME_USER, Retry.RETRY_WITH_MORE_MEMORY);
        }
        if (raised instanceof NonRecoverableException) {
            return new Verdict("USER_EXCEPTION", Blame.BLAME_USER, Retry.RETRY_FORBIDDEN);
        }
        if (raised instanceof RunnerException own) {
            return new Verdict(own.code(), own.blame(), Retry.RETRY_FORBIDDEN);
        }
        if (raised instanceof DataException data) {
            return new Verdict(data.code(), Blame.BLAME_SYSTEM, Retry.RETRY_ALLOWED);
        }
        if (raised instanceof GodwitException own) {
            return new Verdict(own.code(), Blame.BLAME_USER, Retry.RETRY_ALLOWED);
        }
        return new Verdict("USER_EXCEPTION", Blame.BLAME_USER, Retry.RETRY_ALLOWED);
    }

    private static String message(Throwable raised) {
        if (raised instanceof GodwitException own) {
            return own.hint().isEmpty() ? text(own) : text(own) + " " + own.hint();
        }
        String name = simpleName(raised.getClass());
        String text = text(raised);
        return text.isEmpty() ? name : name + ": " + text;
    }

    private static String simpleName(Class<?> type) {
        return type.getSimpleName().isEmpty() ? type.getName() : type.getSimpleName();
    }

    private static String text(Throwable raised) {
        try {
            String text = raised.getMessage();
            return text == null ? "" : text;
        } catch (RuntimeException broken) {
            return "(its text cannot be made)"; // a user's broken getMessage must not hide the error itself
        }
    }

    private static ExceptionInfo describeOne(Throwable raised) {
        ExceptionInfo.Builder info = ExceptionInfo.newBuilder()
                .setType(raised.getClass().getName())
                .setMessage(cut(text(raised), MESSAGE_BYTES));
        frames(raised).forEach(info::addFrames);
        return info.build();
    }

    /** The stack, outermost call first, without the calls of the runner around the author's code. */
    private static List<StackFrame> frames(Throwable raised) {
        List<StackTraceElement> calls = new ArrayList<>(List.of(raised.getStackTrace()));
        Collections.reverse(calls);
        int first = 0;
        while (first < calls.size() && isOwn(calls.get(first))) {
            first++;
        }
        calls = calls.subList(first, calls.size());
        if (calls.size() > OUTER_FRAMES + INNER_FRAMES) {
            List<StackTraceElement> kept = new ArrayList<>(calls.subList(0, OUTER_FRAMES));
            kept.addAll(calls.subList(calls.size() - INNER_FRAMES, calls.size()));
            calls = kept;
        }
        return calls.stream().map(Failures::frame).toList();
    }

    private static boolean isOwn(StackTraceElement call) {
        return OWN.stream().anyMatch(call.getClassName()::startsWith);
    }

    private static StackFrame frame(StackTraceElement call) {
        String file = call.getFileName() == null ? "" : call.getFileName();
        int packageEnd = call.getClassName().lastIndexOf('.');
        String folder = packageEnd < 0
                ? ""
                : call.getClassName().substring(0, packageEnd + 1).replace('.', '/');
        return StackFrame.newBuilder()
                .setFile(file.isEmpty() ? "" : folder + file)
                .setLine(Math.max(0, call.getLineNumber()))
                .setFunction(call.getClassName() + "." + call.getMethodName())
                .build();
    }

    /** Leaves out causes, then outer frames, until all texts fit. */
    private static ExecutionError fitted(ExecutionError.Builder error) {
        while (size(error) > TEXT_LIMIT_BYTES && error.getExceptionsCount() > 1) {
            error.removeExceptions(error.getExceptionsCount() - 1);
        }
        while (size(error) > TEXT_LIMIT_BYTES
                && error.getExceptionsCount() > 0
                && error.getExceptions(0).getFramesCount() > 0) {
            error.getExceptionsBuilder(0).removeFrames(0);
        }
        return error.build();
    }

    private static int size(ExecutionError.Builder error) {
        return error.buildPartial().getSerializedSize();
    }

    /**
     * A text in so many bytes of UTF-8 at most, cut in the middle where it is longer.
     *
     * @param text the text
     * @param limit bytes
     * @return the text, or what is left of it
     */
    static String cut(String text, int limit) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        if (encoded.length <= limit) {
            return new String(encoded, StandardCharsets.UTF_8);
        }
        String mark = " … " + (encoded.length - limit) + " bytes … ";
        int half = (limit - mark.getBytes(StandardCharsets.UTF_8).length) / 2;
        return decoded(encoded, 0, half) + mark + decoded(encoded, encoded.length - half, half);
    }

    private static String decoded(byte[] encoded, int from, int count) {
        return new String(encoded, from, count, StandardCharsets.UTF_8).replace("\ufffd", "");
    }
}
