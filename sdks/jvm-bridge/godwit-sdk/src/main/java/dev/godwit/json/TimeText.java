package dev.godwit.json;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.godwit.digest.Scalars;
import dev.godwit.idl.core.v1.DateTime;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Datetimes and durations as text, and read from text. */
public final class TimeText {
    private static final Pattern DATETIME = Pattern.compile("(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
            + "(?:[T ](?<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\\.(?<fraction>[0-9]{1,9}))?)?"
            + "(?<offset>Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?"
            + "(?:\\[(?<zone>[A-Za-z0-9_+/-]+)])?");
    private static final String SECONDS = "(?<seconds>[0-9]{1,15}(?:\\.[0-9]{1,9})?)";
    private static final Pattern WRITTEN = Pattern.compile("(?<sign>-?)" + SECONDS + "s");
    private static final Pattern UNITS =
            Pattern.compile("(?<sign>-?)(?:(?<days>[0-9]{1,15})d)? ?(?:(?<hours>[0-9]{1,15})h)? ?"
                    + "(?:(?<minutes>[0-9]{1,15})m)? ?(?:" + SECONDS + "s)?");
    private static final Pattern ISO = Pattern.compile("(?<sign>-?)P(?:(?<days>[0-9]{1,15})D)?"
            + "(?:T(?:(?<hours>[0-9]{1,15})H)?(?:(?<minutes>[0-9]{1,15})M)?(?:" + SECONDS + "S)?)?");
    private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000);
    private static final int GROUP = 3;

    private TimeText() {}

    /**
     * A datetime in ISO 8601: {@code 2024-10-27T02:30:00+01:00[Europe/Berlin]}, {@code …Z}, or without an offset.
     *
     * @param value the datetime
     * @return its text
     */
    public static String write(DateTime value) {
        if (!Scalars.isDatetime(value)) {
            return "datetime out of range";
        }
        long local = value.getTime().getSeconds() + value.getOffsetSeconds();
        LocalDateTime clock = LocalDateTime.ofEpochSecond(local, 0, ZoneOffset.UTC);
        String text = String.format(
                "%s-%02d-%02dT%02d:%02d:%02d%s",
                String.format("%04d", clock.getYear()),
                clock.getMonthValue(),
                clock.getDayOfMonth(),
                clock.getHour(),
                clock.getMinute(),
                clock.getSecond(),
                fraction(value.getTime().getNanos()));
        if (!value.hasOffsetSeconds()) {
            return text;
        }
        String zone = value.getZone().isEmpty() ? "" : "[" + value.getZone() + "]";
        return text + ZoneOffset.ofTotalSeconds(value.getOffsetSeconds()).getId() + zone;
    }

    /**
     * A length of time in seconds: {@code 90.500s}, {@code -0.000001s}.
     *
     * @param value the duration
     * @return its text
     */
    public static String write(Duration value) {
        boolean negative = value.getSeconds() < 0 || value.getNanos() < 0;
        return (negative ? "-" : "") + Math.abs(value.getSeconds()) + fraction(Math.abs(value.getNanos())) + "s";
    }

    /** A fraction of a second in 0, 3, 6 or 9 digits, as many as it needs. */
    private static String fraction(int nanos) {
        if (nanos == 0) {
            return "";
        }
        String digits = String.format("%09d", nanos);
        while (digits.endsWith("000")) {
            digits = digits.substring(0, digits.length() - GROUP);
        }
        return "." + digits;
    }

    /**
     * The datetime of an ISO 8601 text, with a zone in brackets after its offset. The time of day may be left out
     * (midnight), its seconds, too, and a space may stand for the T.
     *
     * @param text any text
     * @return the datetime; empty where it is none
     */
    public static Optional<DateTime> readDatetime(String text) {
        Matcher found = DATETIME.matcher(text);
        if (!found.matches() || (found.group("offset") != null && found.group("clock") == null)) {
            return Optional.empty();
        }
        try {
            String clock = found.group("clock") == null ? "00:00" : found.group("clock");
            long local = LocalDateTime.parse(found.group("day") + "T" + clock).toEpochSecond(ZoneOffset.UTC);
            String digits = found.group("fraction") == null ? "" : found.group("fraction");
            int nanos = Integer.parseInt((digits + "000000000").substring(0, 9));
            DateTime.Builder made = DateTime.newBuilder();
            int offset = 0;
            if (found.group("offset") != null) {
                offset = offset(found.group("offset"));
                made.setOffsetSeconds(offset);
            }
            made.setTime(Timestamp.newBuilder().setSeconds(local - offset).setNanos(nanos));
            made.setZone(found.group("zone") == null ? "" : found.group("zone"));
            return Optional.of(made.build()).filter(Scalars::isDatetime);
        } catch (DateTimeException error) {
            return Optional.empty();
        }
    }

    private static int offset(String text) {
        if (text.equals("Z")) {
            return 0;
        }
        String[] parts = text.substring(1).split(":");
        int magnitude = Integer.parseInt(parts[0]) * 3600 + Integer.parseInt(parts[1]) * 60;
        if (parts.length > 2) {
            magnitude += Integer.parseInt(parts[2]);
        }
        return text.charAt(0) == '-' ? -magnitude : magnitude;
    }

    /**
     * The duration of a text as it is written: {@code 90.500s}.
     *
     * @param text any text
     * @return the duration; empty where it is none
     */
    public static Optional<Duration> readSeconds(String text) {
        Matcher found = WRITTEN.matcher(text);
        if (!found.matches()) {
            return Optional.empty();
        }
        BigDecimal seconds = new BigDecimal(found.group("seconds"));
        return durationOfSeconds(found.group("sign").isEmpty() ? seconds : seconds.negate());
    }

    /**
     * The duration of a text for people, {@code 1d 2h 30m 5.5s}, or in ISO 8601, {@code P1DT2H}.
     *
     * @param text any text
     * @return the duration; empty where it is none
     */
    public static Optional<Duration> readDuration(String text) {
        for (Pattern pattern : new Pattern[] {UNITS, ISO}) {
            Matcher found = pattern.matcher(text);
            if (found.matches()) {
                Optional<BigDecimal> seconds = sum(found);
                if (seconds.isPresent()) {
                    return durationOfSeconds(
                            found.group("sign").isEmpty()
                                    ? seconds.get()
                                    : seconds.get().negate());
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<BigDecimal> sum(Matcher found) {
        String[] names = {"days", "hours", "minutes", "seconds"};
        int[] lengths = {86_400, 3_600, 60, 1};
        BigDecimal sum = BigDecimal.ZERO;
        boolean any = false;
        for (int i = 0; i < names.length; i++) {
            String part = found.group(names[i]);
            if (part != null) {
                any = true;
                sum = sum.add(new BigDecimal(part).multiply(BigDecimal.valueOf(lengths[i])));
            }
        }
        return any ? Optional.of(sum) : Optional.empty();
    }

    /**
     * The duration of so many seconds, to the nanosecond.
     *
     * @param seconds any number
     * @return the duration; empty where it is out of range
     */
    public static Optional<Duration> durationOfSeconds(BigDecimal seconds) {
        if (seconds.abs().compareTo(BigDecimal.valueOf(Scalars.MAX_DURATION_SECONDS + 1)) > 0) {
            return Optional.empty();
        }
        BigDecimal nanos = seconds.multiply(NANOS).setScale(0, RoundingMode.HALF_EVEN);
        BigDecimal[] parts = nanos.divideAndRemainder(NANOS);
        Duration made = Duration.newBuilder()
                .setSeconds(parts[0].longValueExact())
                .setNanos(parts[1].intValueExact())
                .build();
        return Optional.of(made).filter(Scalars::isDuration);
    }
}
