"""Constants of dates, instants and durations."""

from datetime import UTC, date, datetime, timedelta, timezone

import godwit as gw


@gw.task
def take(day: date, at: datetime, span: timedelta) -> datetime:
    return at + span


@gw.workflow(outputs=["utc", "local", "fixed"])
def main() -> tuple[datetime, datetime, datetime]:
    morning = datetime(2024, 6, 1, 10)  # noqa: DTZ001 - a local one is meant
    india = timezone(timedelta(hours=5, minutes=30))
    utc = take(day=date(2024, 2, 29), at=morning.replace(microsecond=500_000, tzinfo=UTC), span=timedelta(seconds=90))
    local = take(day=date(1, 1, 1), at=morning, span=timedelta(seconds=-1.5))
    fixed = take(day=date(9999, 12, 31), at=morning.replace(tzinfo=india), span=timedelta(0))
    return utc, local, fixed
