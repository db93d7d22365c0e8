package dev.godwit.conformance.scenarios;

import dev.godwit.authoring.Empty;
import dev.godwit.authoring.Task;
import dev.godwit.authoring.Workflow;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.Temporal;

/** Constants of dates, instants and durations. */
final class TimesScenario {
    record Taken(LocalDate day, Temporal at, Duration span) {}

    record Result(Temporal utc, Temporal local, Temporal fixed) {}

    private static final LocalDateTime MORNING = LocalDateTime.of(2024, 6, 1, 10, 0);

    static final Task<Taken, Temporal> TAKE = Task.of(
            "times.take", Taken.class, Temporal.class, given -> given.at().plus(given.span()));
    static final Workflow<Empty, Result> MAIN = Workflow.of("times.main", Empty.class, Result.class, flow -> {
        flow.output(Result::utc)
                .to(flow.call(TAKE)
                        .set(Taken::day)
                        .to(LocalDate.of(2024, 2, 29))
                        .set(Taken::at)
                        .to(MORNING.plus(Duration.ofMillis(500)).toInstant(ZoneOffset.UTC))
                        .set(Taken::span)
                        .to(Duration.ofSeconds(90))
                        .result());
        flow.output(Result::local)
                .to(flow.call(TAKE)
                        .set(Taken::day)
                        .to(LocalDate.of(1, 1, 1))
                        .set(Taken::at)
                        .to(MORNING)
                        .set(Taken::span)
                        .to(Duration.ofMillis(-1500))
                        .result());
        flow.output(Result::fixed)
                .to(flow.call(TAKE)
                        .set(Taken::day)
                        .to(LocalDate.of(9999, 12, 31))
                        .set(Taken::at)
                        .to(MORNING.atOffset(ZoneOffset.ofHoursMinutes(5, 30)))
                        .set(Taken::span)
                        .to(Duration.ZERO)
                        .result());
    });

    private TimesScenario() {}
}
