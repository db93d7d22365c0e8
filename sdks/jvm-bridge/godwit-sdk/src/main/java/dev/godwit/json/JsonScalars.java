package dev.godwit.json;

import com.google.protobuf.ByteString;
import dev.godwit.digest.Scalars;
import dev.godwit.errors.ValueMismatchException;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.SimpleType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Values of the simple types from JSON: as they are written; and if lenient, as people write them. */
final class JsonScalars {
    private static final Pattern INT_TEXT = Pattern.compile("[+-]?[0-9]{1,19}");
    private static final Pattern FLOAT_TEXT = Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");
    private static final Pattern UUID_TEXT = Pattern.compile("[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}");
    private static final int LONGEST_EXACT = 400;

    private JsonScalars() {}

    /** The literal of a simple type; empty where the JSON is no such value. */
    static Optional<Literal> read(JsonValue value, SimpleType type, boolean lenient) {
        Literal.Builder made = Literal.newBuilder();
        return switch (type) {
            case SIMPLE_TYPE_BOOL ->
                bool(value, lenient).map(one -> made.setBoolValue(one).build());
            case SIMPLE_TYPE_INT ->
                boxed(integer(value, lenient)).map(one -> made.setIntValue(one).build());
            case SIMPLE_TYPE_FLOAT ->
                boxed(floating(value, lenient))
                        .map(one -> made.setFloatValue(one).build());
            case SIMPLE_TYPE_DECIMAL ->
                decimal(value, lenient).map(one -> made.setDecimal(one).build());
            case SIMPLE_TYPE_STRING ->
                text(value)
                        .filter(Scalars::isUnicode)
                        .map(one -> made.setStringValue(one).build());
            case SIMPLE_TYPE_BYTES ->
                text(value)
                        .flatMap(JsonScalars::bytes)
                        .map(one -> made.setBytesValue(one).build());
            case SIMPLE_TYPE_DATE ->
                text(value).filter(Scalars::isDate).map(one -> made.setDate(one).build());
            case SIMPLE_TYPE_DATETIME ->
                text(value)
                        .filter(one -> lenient || one.contains("T"))
                        .flatMap(TimeText::readDatetime)
                        .map(one -> made.setDatetime(one).build());
            case SIMPLE_TYPE_DURATION -> duration(value, lenient);
            case SIMPLE_TYPE_UUID ->
                text(value)
                        .map(one -> lenient ? uuid(one) : one)
                        .filter(Scalars::isUuid)
                        .map(one -> made.setUuid(one).build());
            case SIMPLE_TYPE_JSON -> json(value);
            case SIMPLE_TYPE_ERROR -> error(value);
            default -> Optional.empty();
        };
    }

    private static Optional<String> text(JsonValue value) {
        return value instanceof JsonString text ? Optional.of(text.value()) : Optional.empty();
    }

    private static Optional<Long> boxed(OptionalLong value) {
        return value.isPresent() ? Optional.of(value.getAsLong()) : Optional.empty();
    }

    private static Optional<Double> boxed(OptionalDouble value) {
        return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
    }

    private static Optional<Boolean> bool(JsonValue value, boolean lenient) {
        if (value instanceof JsonBoolean truth) {
            return Optional.of(truth.value());
        }
        return text(value)
                .filter(one -> lenient && (one.equals("true") || one.equals("false")))
                .map(one -> one.equals("true"));
    }

    /** The integer of 64 bits that JSON says; empty where it says none. */
    static OptionalLong integer(JsonValue value, boolean lenient) {
        if (value instanceof JsonNumber number) {
            return number.toLong();
        }
        if (!(value instanceof JsonString text)
                || !INT_TEXT.matcher(text.value()).matches()) {
            return OptionalLong.empty();
        }
        BigInteger number = new BigInteger(text.value());
        boolean safe = number.abs().compareTo(BigInteger.valueOf(JsonWriter.MAX_SAFE_INTEGER)) <= 0;
        if (number.bitLength() >= Long.SIZE || (safe && !lenient)) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(number.longValueExact());
    }

    /** The float that JSON says; empty where it says none, as an integer that is not exactly one. */
    static OptionalDouble floating(JsonValue value, boolean lenient) {
        if (value instanceof JsonNumber number) {
            if (!number.isInteger()) {
                return OptionalDouble.of(number.toDouble());
            }
            return lenient ? exact(number.text()) : OptionalDouble.empty();
        }
        String text = text(value).orElse("");
        if (text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity")) {
            return OptionalDouble.of(Double.parseDouble(text));
        }
        boolean number = lenient && FLOAT_TEXT.matcher(text).matches();
        return number ? OptionalDouble.of(Double.parseDouble(text)) : OptionalDouble.empty();
    }

    private static OptionalDouble exact(String digits) {
        if (digits.length() > LONGEST_EXACT) {
            return OptionalDouble.empty();
        }
        double number = Double.parseDouble(digits);
        boolean same = Double.isFinite(number) && new BigDecimal(number).compareTo(new BigDecimal(digits)) == 0;
        return same ? OptionalDouble.of(number) : OptionalDouble.empty();
    }

    private static Optional<String> decimal(JsonValue value, boolean lenient) {
        Optional<String> text = text(value);
        if (lenient && value instanceof JsonNumber number && number.isInteger()) {
            text = Optional.of(number.text());
        } else if (lenient
                && text.filter(one -> FLOAT_TEXT.matcher(one).matches()).isPresent()) {
            text = text.flatMap(JsonScalars::oneForm);
        }
        return text.filter(Scalars::isDecimal);
    }

    private static Optional<String> oneForm(String text) {
        try {
            return Optional.of(new BigDecimal(text).toString());
        } catch (NumberFormatException error) {
            return Optional.empty();
        }
    }

    private static Optional<ByteString> bytes(String text) {
        try {
            return Optional.of(ByteString.copyFrom(Base64.getDecoder().decode(text)))
                    .filter(one -> text.length() % 4 == 0);
        } catch (IllegalArgumentException error) {
            return Optional.empty();
        }
    }

    private static Optional<Literal> duration(JsonValue value, boolean lenient) {
        Optional<com.google.protobuf.Duration> read = text(value)
                .flatMap(one ->
                        TimeText.readSeconds(one).or(() -> lenient ? TimeText.readDuration(one) : Optional.empty()));
        if (lenient && value instanceof JsonNumber number && number.text().length() < LONGEST_EXACT) {
            boolean near = Math.abs(number.toDouble()) <= Scalars.MAX_DURATION_SECONDS;
            read = near ? TimeText.durationOfSeconds(new BigDecimal(number.text())) : Optional.empty();
        }
        return read.map(one -> Literal.newBuilder().setDuration(one).build());
    }

    private static String uuid(String text) {
        if (!UUID_TEXT.matcher(text).matches()) {
            return text;
        }
        String digits = text.replace("-", "").toLowerCase(java.util.Locale.ROOT);
        return String.join(
                "-",
                digits.substring(0, 8),
                digits.substring(8, 12),
                digits.substring(12, 16),
                digits.substring(16, 20),
                digits.substring(20));
    }

    private static Optional<Literal> json(JsonValue value) {
        boolean marked = value instanceof JsonObject object && object.isOf(JsonMarks.JSON);
        JsonValue bare = marked ? ((JsonObject) value).members().get("@json") : value;
        try {
            return Optional.of(
                    Literal.newBuilder().setJson(JsonText.write(bare)).build());
        } catch (JsonTextException error) {
            return Optional.empty();
        }
    }

    private static Optional<Literal> error(JsonValue value) {
        try {
            ExecutionError read =
                    MessageJson.read(value, ExecutionError.newBuilder(), "").build();
            return Optional.of(read)
                    .filter(Scalars::isError)
                    .map(one -> Literal.newBuilder().setError(one).build());
        } catch (ValueMismatchException error) {
            return Optional.empty();
        }
    }

    /** What to write for a value of a simple type. */
    static String hint(SimpleType type) {
        return switch (type) {
            case SIMPLE_TYPE_INT -> "an integer of 64 bits";
            case SIMPLE_TYPE_FLOAT -> "a number; an integer must be exactly a float";
            case SIMPLE_TYPE_DECIMAL -> "a decimal number as text, such as \"1.00\"";
            case SIMPLE_TYPE_BYTES -> "base64 text";
            case SIMPLE_TYPE_DATE -> "a date such as 2024-02-29";
            case SIMPLE_TYPE_DATETIME -> "ISO 8601, such as 2024-02-29T12:00:00Z";
            case SIMPLE_TYPE_DURATION -> "a duration such as 90.5s or 1h 30m";
            case SIMPLE_TYPE_UUID -> "36 characters with hyphens";
            case SIMPLE_TYPE_ERROR -> "an error with code, message, blame and retry";
            case SIMPLE_TYPE_JSON -> "JSON without NaN, infinities or lone surrogates";
            default -> "";
        };
    }
}
