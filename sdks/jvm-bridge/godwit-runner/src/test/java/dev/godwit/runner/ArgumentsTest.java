package dev.godwit.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {
    private static Arguments read(String line) throws Arguments.WrongArguments {
        return Arguments.read(line.isEmpty() ? List.of() : List.of(line.split(" ")));
    }

    @Test
    void aBackendSaysWhereItsSocketIs() throws Arguments.WrongArguments {
        Arguments read = read("--fd 0 --log-name logs/r1.log --durable --disable-plugin x");
        assertFalse(read.once());
        assertTrue(read.durable());
        assertEquals(Optional.of("logs/r1.log"), read.value("log-name"));
    }

    @Test
    void valuesFollowAnEqualsSignOrABlank() throws Arguments.WrongArguments {
        Arguments read = read("--once --inputs a=b --outputs=c=d --execution=");
        assertTrue(read.once());
        assertEquals(Optional.of("a=b"), read.value("inputs"));
        assertEquals(Optional.of("c=d"), read.value("outputs"));
        assertEquals(Optional.empty(), read.value("execution"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--fd 3",
                "--fd",
                "--once",
                "--once --inputs a",
                "--once --fd 0",
                "--fd 0 --inputs a",
                "x",
                "--"
            })
    void othersAreWrong(String line) {
        assertThrows(Arguments.WrongArguments.class, () -> read(line));
    }
}
