package dev.godwit.digest;

import com.google.protobuf.Duration;
import dev.godwit.idl.core.v1.Blame;
import dev.godwit.idl.core.v1.DateTime;
import dev.godwit.idl.core.v1.ExecutionError;
import dev.godwit.idl.core.v1.Retry;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which texts and numbers are values of the types without parts. Each predicate says yes or no. */
public final class Scalars {
    /** Longest duration either way, in seconds. */
    public static final long MAX_DURATION_SECONDS = 315_576_000_000L;

    /** Largest offset from UTC either way, in seconds. */
    public static final int MAX_OFFSET_SECONDS = 64_800;

    /** First second of the year 1, from 1970. */
    public static final long MIN_INSTANT_SECONDS = -62_135_596_800L;

    /** Last second of the year 9999, from 1970. */
    public static final long MAX_INSTANT_SECONDS = 253_402_300_799L;

    private static final int NANOS_PER_SECOND = 1_000_000_000;
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final Pattern DECIMAL = Pattern.compile("-?([0-9]+)(?:\\.([0-9]+))?(?:E([+-])([0-9]{1,9}))?");
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern CONTENT_DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final int MAX_EXPONENT_DIGITS = 9;
    private static final int MIN_PLAIN = -6;

    private Scalars() {}

    /**
     * Whether a text has no lone surrogate.
     *
     * @param text any text
     * @return whether it is Unicode
     */
    public static boolean isUnicode(String text) {
        return Encoder.isUnicode(text);
    }

    /**
     * Whether a text is a day {@code YYYY-MM-DD} of the years 1 to 9999.
     *
     * @param text any text
     * @return whether it is a date
     */
    public static boolean isDate(String text) {
        if (!DATE.matcher(text).matches()) {
            return false;
        }
        try {
            return LocalDate.parse(text).getYear() >= 1;
        } catch (DateTimeParseException error) {
            return false;
        }
    }

    /**
     * Whether a text is a decimal number in the one form, that of {@link java.math.BigDecimal#toString()}.
     *
     * @param text any text
     * @return whether it is a decimal
     */
    public static boolean isDecimal(String text) {
        Matcher found = DECIMAL.matcher(text);
        if (!found.matches()) {
            return false;
        }
        String fraction = found.group(2) == null ? "" : found.group(2);
        String coefficient = withoutLeadingZeros(found.group(1) + fraction);
        long exponent = -fraction.length();
        if (found.group(4) != null) {
            long size = Long.parseLong(found.group(4));
            exponent += found.group(3).equals("-") ? -size : size;
        }
        return oneForm(coefficient, exponent).equals(text.startsWith("-") ? text.substring(1) : text);
    }

    /** The one form of an unsigned decimal; empty where its exponent is too long. */
    private static String oneForm(String coefficient, long exponent) {
        long adjusted = exponent + coefficient.length() - 1;
        if (exponent <= 0 && adjusted >= MIN_PLAIN) {
            int places = (int) -exponent;
            if (places == 0) {
                return coefficient;
            }
            String padded = "0".repeat(Math.max(places + 1 - coefficient.length(), 0)) + coefficient;
            int point = padded.length() - places;
            return padded.substring(0, point) + "." + padded.substring(point);
        }
        String digits = Long.toString(Math.abs(adjusted));
        if (digits.length() > MAX_EXPONENT_DIGITS) {
            return "";
        }
        String others = coefficient.length() > 1 ? "." + coefficient.substring(1) : "";
        return coefficient.charAt(0) + others + "E" + (adjusted < 0 ? "-" : "+") + digits;
    }

    private static String withoutLeadingZeros(String digits) {
        int first = 0;
        while (first < digits.length() - 1 && digits.charAt(first) == '0') {
            first++;
        }
        return digits.substring(first);
    }

    /** The text of a valid decimal without the sign of a zero. */
    static String withoutSignOfZero(String decimal) {
        if (!decimal.startsWith("-")) {
            return decimal;
        }
        int end = decimal.indexOf('E');
        String digits = end < 0 ? decimal : decimal.substring(0, end);
        boolean zero = digits.chars().noneMatch(digit -> digit >= '1' && digit <= '9');
        return zero ? decimal.substring(1) : decimal;
    }

    /**
     * Whether a text is a UUID of 36 characters, in lower case, with hyphens.
     *
     * @param text any text
     * @return whether it is a UUID
     */
    public static boolean isUuid(String text) {
        return UUID.matcher(text).matches();
    }

    /**
     * Whether a text is {@code sha256:} and 64 hexadecimal digits in lower case.
     *
     * @param text any text
     * @return whether it is a digest of content
     */
    public static boolean isContentDigest(String text) {
        return CONTENT_DIGEST.matcher(text).matches();
    }

    /**
     * Whether a datetime lies in the years 1 to 9999, in UTC and at its offset, with a zone only beside an offset.
     *
     * @param value any message
     * @return whether it is a datetime
     */
    public static boolean isDatetime(DateTime value) {
        long seconds = value.getTime().getSeconds();
        int nanos = value.getTime().getNanos();
        int offset = value.getOffsetSeconds();
        return value.hasTime()
                && inYears(seconds)
                && inYears(seconds + offset)
                && nanos >= 0
                && nanos < NANOS_PER_SECOND
                && Math.abs((long) offset) <= MAX_OFFSET_SECONDS
                && (value.getZone().isEmpty() || value.hasOffsetSeconds());
    }

    private static boolean inYears(long seconds) {
        return seconds >= MIN_INSTANT_SECONDS && seconds <= MAX_INSTANT_SECONDS;
    }

    /**
     * Whether a duration is in range, its nanoseconds below one second and of the sign of its seconds.
     *
     * @param value any message
     * @return whether it is a duration
     */
    public static boolean isDuration(Duration value) {
        long seconds = value.getSeconds();
        int nanos = value.getNanos();
        if (Math.abs((long) nanos) >= NANOS_PER_SECOND || Long.signum(seconds) * Integer.signum(nanos) < 0) {
            return false;
        }
        if (seconds <= -MAX_DURATION_SECONDS || seconds >= MAX_DURATION_SECONDS) {
            return Math.abs(seconds) == MAX_DURATION_SECONDS && nanos == 0;
        }
        return true;
    }

    /**
     * Whether an error has a code and a message, and says who is to blame and whether it may be retried.
     *
     * @param value any message
     * @return whether it is an error as a value
     */
    public static boolean isError(ExecutionError value) {
        return !value.getCode().isEmpty() && !value.getMessage().isEmpty() && saysBlame(value) && saysRetry(value);
    }

    static boolean saysBlame(ExecutionError value) {
        return value.getBlame() != Blame.BLAME_UNSPECIFIED && value.getBlame() != Blame.UNRECOGNIZED;
    }

    static boolean saysRetry(ExecutionError value) {
        return value.getRetry() != Retry.RETRY_UNSPECIFIED && value.getRetry() != Retry.UNRECOGNIZED;
    }
}
