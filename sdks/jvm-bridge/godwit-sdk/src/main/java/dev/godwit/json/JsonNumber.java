package dev.godwit.json;

import java.util.OptionalLong;

/**
 * A number.
 *
 * @param text as it is written
 */
public record JsonNumber(String text) implements JsonValue {
    private static final int SHOWN = 60;

    /**
     * The number of an integer.
     *
     * @param value the integer
     * @return its digits
     */
    public static JsonNumber of(long value) {
        return new JsonNumber(Long.toString(value));
    }

    /**
     * The number of a float.
     *
     * @param value finite
     * @return text that reads back as the same float, and is no integer
     */
    public static JsonNumber of(double value) {
        return new JsonNumber(Double.toString(value));
    }

    /**
     * Whether it is written without point and exponent.
     *
     * @return whether it is an integer
     */
    public boolean isInteger() {
        return text.chars().noneMatch(unit -> unit == '.' || unit == 'e' || unit == 'E');
    }

    /**
     * The integer, if it is one and has 64 bits at most.
     *
     * @return the integer
     */
    public OptionalLong toLong() {
        if (!isInteger()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(text));
        } catch (NumberFormatException error) {
            return OptionalLong.empty();
        }
    }

    /**
     * The nearest float.
     *
     * @return infinite where it is beyond the range
     */
    public double toDouble() {
        return Double.parseDouble(text);
    }

    @Override
    public String described() {
        return "the number " + (text.length() > SHOWN ? "a very long one" : text);
    }
}
