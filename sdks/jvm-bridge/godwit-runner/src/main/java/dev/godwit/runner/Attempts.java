package dev.godwit.runner;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.NamedLiteral;
import dev.godwit.idl.core.v1.NamedLiterals;
import dev.godwit.idl.core.v1.Output;
import dev.godwit.idl.runner.v1.Attempt;
import dev.godwit.idl.runner.v1.OutputValue;
import dev.godwit.idl.runner.v1.Result;
import dev.godwit.interfaces.Outputs;
import dev.godwit.runtime.CurrentContext;
import dev.godwit.values.Data;
import dev.godwit.values.LocalData;
import dev.godwit.values.Offloading;
import java.util.List;

/** One attempt: inputs read, task called, outputs written. */
final class Attempts {
    /** What a result takes besides its outputs, and references in place of outputs that do not fit, at most. */
    private static final int RESULT_BYTES = 32_768;

    private Attempts() {}

    /**
     * Runs an attempt. Whatever task code raises is its error.
     *
     * @param session knows its task
     * @param attempt the attempt
     * @param surroundings where it runs
     * @return its outputs or its error
     */
    static Result.Builder run(Session session, Attempt attempt, Surroundings surroundings) {
        Result.Builder result = Result.newBuilder().setId(attempt.getId());
        AttemptContext context = null;
        try {
            Data data = dataOf(attempt);
            LoadedTask task = session.task(attempt.getTask());
            context = new AttemptContext(attempt, task.spec(), data, surroundings);
            call(task, attempt, data, context, result);
        } catch (Throwable raised) { // whatever it is, it belongs to the attempt
            result.clearOutputs().setError(Failures.describe(raised));
        }
        keepReport(context, result);
        return result;
    }

    private static void keepReport(AttemptContext context, Result.Builder result) {
        try {
            if (context != null) {
                context.keptReport().ifPresent(result::setReport);
            }
        } catch (RuntimeException error) {
            System.err.println("The report could not be kept: " + error); // no failure of the attempt
        }
    }

    private static Data dataOf(Attempt attempt) {
        String prefix = attempt.getOutputPrefix();
        return prefix.startsWith("file:") ? new LocalData(LocalData.path(prefix)) : new RemoteData(prefix);
    }

    private static void call(LoadedTask task, Attempt attempt, Data data, AttemptContext context, Result.Builder result)
            throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(task.classes());
        CurrentContext.Scope scope = CurrentContext.enter(context);
        try {
            Object returned = task.task().run(inputs(task, attempt, data));
            writeOutputs(task, returned, attempt, data, result);
        } finally {
            scope.close();
            thread.setContextClassLoader(before);
        }
    }

    private static Object inputs(LoadedTask task, Attempt attempt, Data data) {
        try {
            return task.inputs().read(NamedLiterals.parseFrom(attempt.getInputs()), data);
        } catch (ValueMismatchException mismatch) {
            throw RunnerException.input(
                    "Input " + mismatch.path() + ": expected " + mismatch.expected() + ", got " + mismatch.came() + ".",
                    mismatch);
        } catch (InvalidProtocolBufferException error) {
            throw RunnerException.input("The inputs are no NamedLiterals.", error);
        }
    }

    private static void writeOutputs(
            LoadedTask task, Object returned, Attempt attempt, Data data, Result.Builder result) {
        long limit = attempt.getInlineLimitBytes() > 0 ? attempt.getInlineLimitBytes() : Offloading.INLINE_LIMIT_BYTES;
        long room = Offloading.MESSAGE_LIMIT_BYTES - RESULT_BYTES;
        List<NamedLiteral> written = literals(task.outputs(), returned, data);
        List<Output> declared = task.outputs().declared();
        for (int i = 0; i < written.size(); i++) {
            String name = written.get(i).getName();
            Literal literal = written.get(i).getValue();
            OutputValue.Builder output = OutputValue.newBuilder().setName(name).setDigest(digest(name, literal));
            if (literal.getSerializedSize() > Math.min(limit, room)) {
                literal = Offloading.offload(literal, declared.get(i).getType(), data, name);
            }
            output.setValue(literal.toByteString());
            room -= output.build().getSerializedSize();
            result.addOutputs(output);
        }
    }

    private static <T> List<NamedLiteral> literals(Outputs<T> outputs, Object returned, Data data) {
        try {
            @SuppressWarnings("unchecked") // the codec checks the class
            T value = (T) returned;
            return outputs.write(value, data).getValuesList();
        } catch (ClassCastException error) {
            String came = returned == null ? "null" : returned.getClass().getName();
            throw RunnerException.output("The task returned " + came + ", not what it declares.", error);
        } catch (ValueMismatchException mismatch) {
            throw RunnerException.output(
                    "Output " + mismatch.path() + ": expected " + mismatch.expected() + ", got " + mismatch.came()
                            + ".",
                    mismatch);
        }
    }

    private static ByteString digest(String name, Literal literal) {
        try {
            return ByteString.copyFrom(LiteralDigest.digest(literal));
        } catch (dev.godwit.digest.DigestException error) {
            throw RunnerException.output("Output " + name + ": " + error.getMessage() + ".", error);
        }
    }
}
