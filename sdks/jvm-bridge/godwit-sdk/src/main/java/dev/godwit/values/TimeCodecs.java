package dev.godwit.values;

import com.google.protobuf.Timestamp;
import dev.godwit.digest.Scalars;
import dev.godwit.idl.core.v1.DateTime;
import dev.godwit.idl.core.v1.Literal;
import dev.godwit.idl.core.v1.Literal.KindCase;
import dev.godwit.idl.core.v1.SimpleType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.Temporal;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Codecs of dates, times and durations. */
final class TimeCodecs {
    private static final String YEARS = "Datetimes lie in the years 1 to 9999, their offsets within 18 hours.";
    /** Names that a zone of Java has and one of IANA has not: a fixed offset, or UTC. */
    private static final Pattern FIXED = Pattern.compile("(UTC|GMT|UT)[+-].*|UTC|UT");

    private TimeCodecs() {}

    /** The codecs by class. */
    static Map<Class<?>, Codec<?>> all() {
        Map<Class<?>, Codec<?>> all = new HashMap<>();
        all.put(LocalDate.class, date());
        all.put(Duration.class, duration());
        datetime(all, Instant.class, TimeCodecs::written, TimeCodecs::instant);
        datetime(
                all,
                OffsetDateTime.class,
                TimeCodecs::written,
                value -> OffsetDateTime.ofInstant(instant(value), ZoneOffset.ofTotalSeconds(value.getOffsetSeconds())));
        datetime(all, ZonedDateTime.class, TimeCodecs::written, TimeCodecs::zoned);
        datetime(
                all,
                LocalDateTime.class,
                TimeCodecs::written,
                value -> LocalDateTime.ofEpochSecond(
                        local(value).getTime().getSeconds(), value.getTime().getNanos(), ZoneOffset.UTC));
        datetime(all, Temporal.class, TimeCodecs::written, TimeCodecs::any);
        return all;
    }

    /** Whoever takes any datetime gets each in the class that holds all of it. */
    private static Temporal any(DateTime value) {
        return value.hasOffsetSeconds()
                ? zoned(value)
                : LocalDateTime.ofEpochSecond(
                        value.getTime().getSeconds(), value.getTime().getNanos(), ZoneOffset.UTC);
    }

    private static DateTime written(Temporal value) {
        if (value instanceof LocalDateTime local) {
            return at(local.toInstant(ZoneOffset.UTC)).build();
        }
        if (value instanceof Instant instant) {
            return offset(instant, 0, "").build();
        }
        if (value instanceof OffsetDateTime moment) {
            return offset(moment.toInstant(), moment.getOffset().getTotalSeconds(), "")
                    .build();
        }
        if (value instanceof ZonedDateTime moment) {
            return offset(moment.toInstant(), moment.getOffset().getTotalSeconds(), zone(moment.getZone()))
                    .build();
        }
        throw new DateTimeException("an Instant, or an offset, zoned or local datetime, was expected");
    }

    private static <T> void datetime(
            Map<Class<?>, Codec<?>> all, Class<T> of, Function<T, DateTime> writer, Function<DateTime, T> reader) {
        Function<T, Literal> checking = value ->
                Literal.newBuilder().setDatetime(checked(writer.apply(value))).build();
        all.put(
                of,
                new SimpleCodec<>(
                        SimpleType.SIMPLE_TYPE_DATETIME,
                        KindCase.DATETIME,
                        checking,
                        literal -> reader.apply(checked(literal.getDatetime())),
                        YEARS));
    }

    private static DateTime checked(DateTime value) {
        if (!Scalars.isDatetime(value)) {
            throw new DateTimeException("out of range");
        }
        return value;
    }

    private static DateTime.Builder at(Instant instant) {
        Timestamp.Builder time =
                Timestamp.newBuilder().setSeconds(instant.getEpochSecond()).setNanos(instant.getNano());
        return DateTime.newBuilder().setTime(time);
    }

    private static DateTime.Builder offset(Instant instant, int seconds, String zone) {
        return at(instant).setOffsetSeconds(seconds).setZone(zone);
    }

    private static String zone(ZoneId zone) {
        boolean fixed =
                zone instanceof ZoneOffset || FIXED.matcher(zone.getId()).matches();
        return fixed ? "" : zone.getId();
    }

    private static Instant instant(DateTime value) {
        if (!value.hasOffsetSeconds()) {
            throw new DateTimeException("a local datetime is no instant");
        }
        return Instant.ofEpochSecond(
                value.getTime().getSeconds(), value.getTime().getNanos());
    }

    private static ZonedDateTime zoned(DateTime value) {
        Instant instant = instant(value);
        ZoneOffset offset = ZoneOffset.ofTotalSeconds(value.getOffsetSeconds());
        return instant.atZone(value.getZone().isEmpty() ? offset : ZoneId.of(value.getZone()));
    }

    private static DateTime local(DateTime value) {
        if (value.hasOffsetSeconds()) {
            throw new DateTimeException("an instant is no local datetime");
        }
        return value;
    }

    private static SimpleCodec<LocalDate> date() {
        return new SimpleCodec<>(
                SimpleType.SIMPLE_TYPE_DATE,
                KindCase.DATE,
                value -> Literal.newBuilder()
                        .setDate(checkedDate(value.toString()))
                        .build(),
                literal -> LocalDate.parse(checkedDate(literal.getDate())),
                "Dates lie in the years 1 to 9999.");
    }

    private static String checkedDate(String text) {
        if (!Scalars.isDate(text)) {
            throw new DateTimeException(text);
        }
        return text;
    }

    private static SimpleCodec<Duration> duration() {
        return new SimpleCodec<>(
                SimpleType.SIMPLE_TYPE_DURATION,
                KindCase.DURATION,
                value -> Literal.newBuilder().setDuration(written(value)).build(),
                literal -> read(literal.getDuration()),
                "A duration is at most 315,576,000,000 seconds either way.");
    }

    /** Both parts of a duration of protobuf have the sign of the whole. */
    private static com.google.protobuf.Duration written(Duration value) {
        long seconds = value.getSeconds();
        int nanos = value.getNano();
        if (seconds < 0 && nanos > 0) {
            seconds++;
            nanos -= 1_000_000_000;
        }
        return checked(com.google.protobuf.Duration.newBuilder()
                .setSeconds(seconds)
                .setNanos(nanos)
                .build());
    }

    private static Duration read(com.google.protobuf.Duration value) {
        return Duration.ofSeconds(checked(value).getSeconds(), value.getNanos());
    }

    private static com.google.protobuf.Duration checked(com.google.protobuf.Duration value) {
        if (!Scalars.isDuration(value)) {
            throw new DateTimeException("out of range");
        }
        return value;
    }
}
