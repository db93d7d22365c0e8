package dev.godwit.values;

import dev.godwit.types.AsTuple;
import dev.godwit.types.Columns;
import dev.godwit.types.Default;
import dev.godwit.types.Doc;
import dev.godwit.types.Format;
import dev.godwit.types.Nullable;
import dev.godwit.types.Tag;
import dev.godwit.types.Unwrapped;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/** Records that the tests have in common. */
final class Samples {
    private Samples() {}

    enum Color {
        RED,
        GREEN {
            @Override
            public String toString() {
                return "another class";
            }
        }
    }

    sealed interface Shape permits Circle, Square, Color2, Count {}

    record Circle(double radius) implements Shape {}

    @Tag("box")
    record Square(double side) implements Shape {}

    enum Color2 implements Shape {
        ONE
    }

    @Unwrapped
    record Count(long value) implements Shape {}

    @AsTuple
    record Point(long x, String label) {}

    record Pair<A, B>(A first, B second) {}

    @Doc("How to train.")
    record Hyperparameters(
            @Doc("Step size.") @Default("0.1") double rate,
            @Default("3") long layers,
            @Default("RED") Color color,
            @Default("[1, 2]") List<Long> widths,
            @Default("1h 30m") Duration patience,
            @Default("1.50") BigDecimal penalty,
            @Default(none = true) Optional<String> note,
            @Default("plain") String name) {}

    record Scalars(
            boolean truth,
            long wide,
            int narrow,
            short shorter,
            byte shortest,
            double real,
            float single,
            String text,
            BigDecimal decimal,
            UUID id,
            Json json) {}

    record Times(
            Instant instant,
            OffsetDateTime offset,
            ZonedDateTime zoned,
            LocalDateTime local,
            LocalDate day,
            Duration length) {}

    record Containers(
            List<Long> ints,
            List<Double> floats,
            List<List<String>> nested,
            Set<String> names,
            Map<String, Point> points,
            Map<Point, Shape> shapes,
            Optional<Long> maybe,
            OptionalLong perhaps,
            List<Optional<Long>> holes,
            @Nullable String nullable,
            Pair<Long, List<Shape>> pair) {}

    record Row(String name, long age) {}

    record Blobs(
            @Format("csv") File file,
            Directory directory,
            @Format("parquet") @Columns(Row.class) Table table) {}
}
