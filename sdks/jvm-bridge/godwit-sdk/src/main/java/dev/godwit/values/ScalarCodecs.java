package dev.godwit.values;

import com.google.protobuf.ByteString;
import dev.godwit.digest.Scalars;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Literal.KindCase;
import dev.godwit.idl.core.v1.SimpleType;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongFunction;

/** Codecs of values without parts, but for those of time. */
final class ScalarCodecs {
    private static final String NARROW = "Declare a long: integers of the contract have 64 bits.";

    private ScalarCodecs() {}

    /** The codecs by class, primitive ones and their boxes included. */
    static Map<Class<?>, Codec<?>> all() {
        Map<Class<?>, Codec<?>> all = new HashMap<>();
        SimpleCodec<Boolean> truth = simple(
                SimpleType.SIMPLE_TYPE_BOOL,
                KindCase.BOOL_VALUE,
                value -> Literal.newBuilder().setBoolValue(value).build(),
                Literal::getBoolValue,
                "");
        all.put(boolean.class, truth);
        all.put(Boolean.class, truth);
        integer(all, long.class, Long.class, value -> value);
        integer(all, int.class, Integer.class, Math::toIntExact);
        integer(all, short.class, Short.class, value -> (short) within(value, Short.MIN_VALUE, Short.MAX_VALUE));
        integer(all, byte.class, Byte.class, value -> (byte) within(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
        floating(all, double.class, Double.class, value -> value);
        floating(all, float.class, Float.class, ScalarCodecs::toFloat);
        all.put(String.class, text());
        all.put(byte[].class, bytes(ByteString::copyFrom, ByteString::toByteArray));
        all.put(ByteString.class, bytes(value -> value, value -> value));
        all.put(BigDecimal.class, decimal());
        all.put(UUID.class, uuid());
        all.put(Json.class, json());
        all.put(ExecutionError.class, error());
        return all;
    }

    private static <T> SimpleCodec<T> simple(
            SimpleType type, KindCase kind, Function<T, Literal> writer, Function<Literal, T> reader, String hint) {
        return new SimpleCodec<>(type, kind, writer, reader, hint);
    }

    private static <T extends Number> void integer(
            Map<Class<?>, Codec<?>> all, Class<T> primitive, Class<T> boxed, LongFunction<T> narrow) {
        SimpleCodec<T> codec = simple(
                SimpleType.SIMPLE_TYPE_INT,
                KindCase.INT_VALUE,
                value -> Literal.newBuilder().setIntValue(value.longValue()).build(),
                literal -> narrow.apply(literal.getIntValue()),
                NARROW);
        all.put(primitive, codec);
        all.put(boxed, codec);
    }

    private static long within(long value, long least, long most) {
        if (value < least || value > most) {
            throw new ArithmeticException("out of range");
        }
        return value;
    }

    private static <T extends Number> void floating(
            Map<Class<?>, Codec<?>> all, Class<T> primitive, Class<T> boxed, Function<Double, T> narrow) {
        SimpleCodec<T> codec = simple(
                SimpleType.SIMPLE_TYPE_FLOAT,
                KindCase.FLOAT_VALUE,
                value -> Literal.newBuilder().setFloatValue(value.doubleValue()).build(),
                literal -> narrow.apply(literal.getFloatValue()),
                "Declare a double: floats of the contract have 64 bits.");
        all.put(primitive, codec);
        all.put(boxed, codec);
    }

    private static float toFloat(double value) {
        float narrow = (float) value;
        if (!Double.isNaN(value) && narrow != value) {
            throw new ArithmeticException("not exactly a float of 32 bits");
        }
        return narrow;
    }

    private static SimpleCodec<String> text() {
        return simple(
                SimpleType.SIMPLE_TYPE_STRING,
                KindCase.STRING_VALUE,
                value -> Literal.newBuilder().setStringValue(unicode(value)).build(),
                Literal::getStringValue,
                "A lone surrogate is no Unicode text: declare bytes.");
    }

    /** A text without lone surrogates, which protobuf would replace silently. */
    static String unicode(String text) {
        if (!Scalars.isUnicode(text)) {
            throw new IllegalArgumentException("a lone surrogate");
        }
        return text;
    }

    private static <T> SimpleCodec<T> bytes(Function<T, ByteString> writer, Function<ByteString, T> reader) {
        return simple(
                SimpleType.SIMPLE_TYPE_BYTES,
                KindCase.BYTES_VALUE,
                value -> Literal.newBuilder().setBytesValue(writer.apply(value)).build(),
                literal -> reader.apply(literal.getBytesValue()),
                "");
    }

    private static SimpleCodec<BigDecimal> decimal() {
        return simple(
                SimpleType.SIMPLE_TYPE_DECIMAL,
                KindCase.DECIMAL,
                value -> Literal.newBuilder()
                        .setDecimal(checked(Scalars.isDecimal(value.toString()), value.toString()))
                        .build(),
                literal -> new BigDecimal(checked(Scalars.isDecimal(literal.getDecimal()), literal.getDecimal())),
                "The exponent of a decimal has nine digits at most.");
    }

    private static String checked(boolean holds, String text) {
        if (!holds) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    private static SimpleCodec<UUID> uuid() {
        return simple(
                SimpleType.SIMPLE_TYPE_UUID,
                KindCase.UUID,
                value -> Literal.newBuilder().setUuid(value.toString()).build(),
                literal -> UUID.fromString(checked(Scalars.isUuid(literal.getUuid()), literal.getUuid())),
                "");
    }

    private static SimpleCodec<Json> json() {
        return simple(
                SimpleType.SIMPLE_TYPE_JSON,
                KindCase.JSON,
                value -> Literal.newBuilder().setJson(value.text()).build(),
                literal -> parsed(literal.getJson()),
                "");
    }

    private static Json parsed(String text) {
        try {
            return new Json(text);
        } catch (dev.godwit.json.JsonTextException error) {
            throw new IllegalArgumentException(error);
        }
    }

    private static SimpleCodec<ExecutionError> error() {
        return simple(
                SimpleType.SIMPLE_TYPE_ERROR,
                KindCase.ERROR,
                value -> Literal.newBuilder().setError(errorOf(value)).build(),
                literal -> errorOf(literal.getError()),
                "An error has code, message, blame and retry.");
    }

    private static ExecutionError errorOf(ExecutionError value) {
        if (!Scalars.isError(value)) {
            throw new IllegalArgumentException("no error as a value");
        }
        return value;
    }
}
