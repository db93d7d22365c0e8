package dev.godwit.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.godwit.errors.DataException;
import dev.godwit.errors.GodwitException;
import dev.godwit.errors.NonRecoverableException;
import dev.godwit.idl.core.v1.Blame;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.idl.core.v1.Retry;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
    static Stream<Arguments> verdicts() {
        return Stream.of(
                Arguments.of(new RuntimeException("x"), "USER_EXCEPTION", Blame.BLAME_USER, Retry.RETRY_ALLOWED),
                Arguments.of(new StackOverflowError(), "USER_EXCEPTION", Blame.BLAME_USER, Retry.RETRY_ALLOWED),
                Arguments.of(
                        new NonRecoverableException("x"), "USER_EXCEPTION", Blame.BLAME_USER, Retry.RETRY_FORBIDDEN),
                Arguments.of(new OutOfMemoryError(), "OUT_OF_MEMORY", Blame.BLAME_USER, Retry.RETRY_WITH_MORE_MEMORY),
                Arguments.of(
                        new DataException("BLOB_MISSING", "m", "h", null),
                        "BLOB_MISSING",
                        Blame.BLAME_SYSTEM,
                        Retry.RETRY_ALLOWED),
                Arguments.of(new GodwitException("OWN", "m", "h"), "OWN", Blame.BLAME_USER, Retry.RETRY_ALLOWED),
                Arguments.of(
                        RunnerException.input("m", null),
                        "INPUT_TYPE_MISMATCH",
                        Blame.BLAME_REQUEST,
                        Retry.RETRY_FORBIDDEN),
                Arguments.of(
                        RunnerException.load("m", "", null),
                        "TASK_LOAD_FAILED",
                        Blame.BLAME_USER,
                        Retry.RETRY_FORBIDDEN));
    }

    @ParameterizedTest
    @MethodSource("verdicts")
    void codeBlameAndRetryFollowFromTheClass(Throwable raised, String code, Blame blame, Retry retry) {
        ExecutionError error = Failures.describe(raised);
        assertEquals(code, error.getCode());
        assertEquals(blame, error.getBlame());
        assertEquals(retry, error.getRetry());
        assertFalse(error.getMessage().isEmpty());
        assertTrue(error.hasTime());
    }

    @Test
    void causesFollowAndEndWhereTheyTurnInACircle() {
        Exception outer = new Exception("outer", new Exception("inner"));
        outer.getCause().initCause(outer);
        ExecutionError error = Failures.describe(outer);
        assertEquals(2, error.getExceptionsCount());
        assertEquals("inner", error.getExceptions(1).getMessage());
    }

    @Test
    void textsStayBelowTheirLimit() {
        Throwable chain = null;
        for (int i = 0; i < 20; i++) {
            chain = new IllegalStateException("é".repeat(5000) + i, chain);
        }
        ExecutionError error = Failures.describe(chain);
        assertTrue(error.getSerializedSize() <= 16_384, "" + error.getSerializedSize());
        assertTrue(error.getMessage().getBytes(StandardCharsets.UTF_8).length <= 4096);
        assertTrue(error.getMessage().contains(" bytes … "));
        assertFalse(error.getMessage().contains("\ufffd"));
    }

    @Test
    void aTextThatCannotBeMadeHidesNothing() {
        ExecutionError error = Failures.describe(new RuntimeException() {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new IllegalStateException("broken");
            }
        });
        assertTrue(error.getMessage().contains("its text cannot be made"));
    }
}
