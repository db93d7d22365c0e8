package dev.godwit.testing;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.godwit.digest.LiteralDigest;
import dev.godwit.idl.core.v1.ComparisonOperator;
import dev.godwit.idl.core.v1.Literal;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.OptionalInt;

/** Compares literals as the engine does. */
final class Comparing {
    private Comparing() {}

    static boolean areEqual(Literal left, Literal right) {
        return holds(ComparisonOperator.COMPARISON_OPERATOR_EQUAL, left, right);
    }

    static boolean holds(ComparisonOperator operator, Literal left, Literal right) {
        OptionalInt order = order(left, right);
        return switch (operator) {
            case COMPARISON_OPERATOR_EQUAL -> order.isPresent() && order.getAsInt() == 0;
            case COMPARISON_OPERATOR_NOT_EQUAL -> order.isEmpty() || order.getAsInt() != 0;
            case COMPARISON_OPERATOR_LESS -> order.isPresent() && order.getAsInt() < 0;
            case COMPARISON_OPERATOR_LESS_OR_EQUAL -> order.isPresent() && order.getAsInt() <= 0;
            case COMPARISON_OPERATOR_GREATER -> order.isPresent() && order.getAsInt() > 0;
            case COMPARISON_OPERATOR_GREATER_OR_EQUAL -> order.isPresent() && order.getAsInt() >= 0;
            default -> throw new IllegalArgumentException("no operator: " + operator);
        };
    }

    /** Below zero, zero or above; empty where the two have no order: NaN, none, values of different kinds. */
    private static OptionalInt order(Literal left, Literal right) {
        if (isNan(left) || isNan(right)) {
            return OptionalInt.empty();
        }
        if (isInfinite(left) || isInfinite(right)) {
            return OptionalInt.of(Double.compare(asDouble(left), asDouble(right)));
        }
        BigDecimal first = number(left);
        BigDecimal second = number(right);
        if (first != null && second != null) {
            return OptionalInt.of(first.compareTo(second));
        }
        if (left.getKindCase() != right.getKindCase()) {
            return OptionalInt.empty();
        }
        return switch (left.getKindCase()) {
            case BOOL_VALUE -> OptionalInt.of(Boolean.compare(left.getBoolValue(), right.getBoolValue()));
            case STRING_VALUE -> OptionalInt.of(byCodePoint(left.getStringValue(), right.getStringValue()));
            case DURATION -> OptionalInt.of(nanos(left.getDuration()).compareTo(nanos(right.getDuration())));
            case DATETIME ->
                OptionalInt.of(nanos(left.getDatetime().getTime())
                        .compareTo(nanos(right.getDatetime().getTime())));
            case DATE -> OptionalInt.of(left.getDate().compareTo(right.getDate()));
            default ->
                Arrays.equals(LiteralDigest.digest(left), LiteralDigest.digest(right))
                        ? OptionalInt.of(0)
                        : OptionalInt.empty();
        };
    }

    private static boolean isNan(Literal value) {
        return value.hasFloatValue() && Double.isNaN(value.getFloatValue());
    }

    private static boolean isInfinite(Literal value) {
        return value.hasFloatValue() && Double.isInfinite(value.getFloatValue());
    }

    private static double asDouble(Literal value) {
        return value.hasFloatValue() ? value.getFloatValue() : value.getIntValue();
    }

    private static BigDecimal number(Literal value) {
        return switch (value.getKindCase()) {
            case INT_VALUE -> BigDecimal.valueOf(value.getIntValue());
            case FLOAT_VALUE -> new BigDecimal(value.getFloatValue());
            case DECIMAL -> new BigDecimal(value.getDecimal());
            default -> null;
        };
    }

    private static BigDecimal nanos(Duration of) {
        return BigDecimal.valueOf(of.getSeconds()).add(BigDecimal.valueOf(of.getNanos(), 9));
    }

    private static BigDecimal nanos(Timestamp of) {
        return BigDecimal.valueOf(of.getSeconds()).add(BigDecimal.valueOf(of.getNanos(), 9));
    }

    private static int byCodePoint(String left, String right) {
        return Arrays.compare(left.codePoints().toArray(), right.codePoints().toArray());
    }
}
