package dev.godwit.values;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.godwit.castability.Castability;
import dev.godwit.castability.Coercion;
import dev.godwit.castability.Level;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.digest.TypeDigest;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Type;
import dev.godwit.json.JsonText;
import dev.godwit.json.ValueJson;
import dev.godwit.types.TypeCheck;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Laws that hold for every type and value, on some that are drawn by a seed. */
class RandomValuesTest {
    static LongStream seeds() {
        return LongStream.range(0, 400);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void jsonKeepsTheDigest(long seed) {
        RandomValues random = new RandomValues(seed);
        Type type = random.type(3);
        Literal literal = random.value(type);
        assertEquals(Optional.empty(), TypeCheck.check(type));
        LiteralCheck.check(literal, type);
        String text = ValueJson.toText(literal, type);
        Literal read = ValueJson.fromJson(JsonText.parse(text), type);
        LiteralCheck.check(read, type);
        assertArrayEquals(LiteralDigest.digest(literal), LiteralDigest.digest(read), text);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void storingKeepsTheDigest(long seed, @TempDir Path folder) {
        RandomValues random = new RandomValues(seed);
        Type type = random.type(3);
        Literal literal = random.value(type);
        LocalData data = new LocalData(folder);
        Literal offloaded = Offloading.offload(literal, type, data, "value");
        assertArrayEquals(LiteralDigest.digest(literal), LiteralDigest.digest(offloaded));
        if (offloaded.hasReference()) {
            Literal loaded = Offloading.load(offloaded.getReference(), data);
            assertArrayEquals(LiteralDigest.digest(literal), LiteralDigest.digest(loaded));
        }
        assertArrayEquals(LiteralDigest.digest(literal), LiteralDigest.digest(random.packedOtherwise(literal)));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatCastsIsAValueOfTheTarget(long seed) {
        RandomValues random = new RandomValues(seed);
        Type source = random.type(2);
        Type target = seed % 3 == 0
                ? source.toBuilder().setNullable(!source.hasSimple()).build()
                : random.type(2);
        Literal literal = random.value(source);
        Level level = Castability.level(source, target);
        if (level == Level.SAME) {
            assertEquals(literal, Coercion.coerce(literal, source, target));
            LiteralCheck.check(literal, target);
        } else if (level == Level.CONVERT && !source.equals(target)) {
            LiteralCheck.check(Coercion.coerce(literal, source, target), target);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aValueOfAnotherTypeIsRefused(long seed) {
        RandomValues random = new RandomValues(seed);
        Type type = random.type(2);
        Type other = random.type(2);
        Literal literal = random.value(type);
        if (!literal.hasNone()
                && Castability.level(type, other) == Level.NO
                && type.getKindCase() != other.getKindCase()
                && !(literal.getKindCase() == Literal.KindCase.LIST
                        && literal.getList().getItemsCount() == 0)
                && !(type.hasSimple() && other.hasEnum())
                && !(type.hasTuple() || other.hasTuple())) {
            assertThrows(ValueMismatchException.class, () -> LiteralCheck.check(literal, other));
        }
        assertEquals(
                java.util.Arrays.equals(TypeDigest.encode(type), TypeDigest.encode(other)),
                java.util.Arrays.equals(TypeDigest.digest(type), TypeDigest.digest(other)));
    }
}
