"""Codecs of dates, instants and lengths of time.

A datetime without time zone is kept as local. One with a time zone keeps its instant, its offset and, of a `ZoneInfo`,
the zone's name. Python reads to the microsecond; finer parts that another language wrote are cut off.
"""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, SimpleType
from godwitidl.rules.scalars import MAX_DURATION_SECONDS, MAX_INSTANT_SECONDS, MAX_OFFSET_SECONDS, MIN_INSTANT_SECONDS

from godwit.types.codec import EXACT, INSTANCE, NO_MATCH, Codec, simple
from godwit.types.errors import ValueMismatch

_LOCAL_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - the epoch of datetimes without time zone
_UTC_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_NANOSECONDS: Final = 1_000_000_000


class DatetimeCodec(Codec):
    """`datetime.datetime`."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_DATETIME), "datetime")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if not isinstance(value, datetime) or self.rank(value) == NO_MATCH:
            raise self.unfit(value)
        offset = value.utcoffset()
        elapsed = value.replace(tzinfo=None) - _LOCAL_EPOCH
        seconds = elapsed.days * 86_400 + elapsed.seconds
        target = literal.datetime
        if offset is not None:
            shift = self._whole_seconds(offset, value)
            seconds -= shift
            target.offset_seconds = shift
            target.zone = _zone_name(value)
        if not MIN_INSTANT_SECONDS <= seconds <= MAX_INSTANT_SECONDS:
            raise self.unfit(value, hint="In UTC it is outside of the years 1 to 9999.")
        target.time.seconds = seconds
        target.time.nanos = value.microsecond * 1000 + getattr(value, "nanosecond", 0)

    def _whole_seconds(self, offset: timedelta, value: datetime) -> int:
        shift, rest = divmod(offset, _SECOND)
        if rest or abs(shift) > MAX_OFFSET_SECONDS:
            raise self.unfit(value, hint="An offset from UTC is of whole seconds, at most 18 hours either way.")
        return shift

    def read(self, literal: Literal, data: DataAccess) -> datetime:  # noqa: D102, ARG002 - see Codec
        stored = literal.datetime
        elapsed = timedelta(seconds=stored.time.seconds, microseconds=stored.time.nanos // 1000)
        try:
            if not stored.HasField("offset_seconds"):
                return _LOCAL_EPOCH + elapsed
            if stored.zone:
                return (_UTC_EPOCH + elapsed).astimezone(_zone(stored.zone))
            if not stored.offset_seconds:
                return _UTC_EPOCH + elapsed
            return (_UTC_EPOCH + elapsed).astimezone(timezone(timedelta(seconds=stored.offset_seconds)))
        except (OverflowError, ValueError):
            raise self.unreadable(literal) from None

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if type(value) is datetime:
            return EXACT
        # pandas says that a missing instant is a datetime, and unequal to itself.
        return INSTANCE if isinstance(value, datetime) and value == value else NO_MATCH  # noqa: PLR0124 - NaT


class DateCodec(Codec):
    """`datetime.date`; a datetime does not count."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_DATE), "date")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if self.rank(value) == NO_MATCH:
            raise self.unfit(value)
        literal.date = date.isoformat(value)

    def read(self, literal: Literal, data: DataAccess) -> date:  # noqa: D102, ARG002 - see Codec
        try:
            return date.fromisoformat(literal.date)
        except ValueError:
            raise self.unreadable(literal) from None

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if type(value) is date:
            return EXACT
        return INSTANCE if isinstance(value, date) and not isinstance(value, datetime) else NO_MATCH


class DurationCodec(Codec):
    """`datetime.timedelta`, at most 315,576,000,000 seconds either way."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_DURATION), "duration")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if self.rank(value) == NO_MATCH:
            raise self.unfit(value)
        nanos = (value.days * 86_400 + value.seconds) * _NANOSECONDS + value.microseconds * 1000
        nanos += getattr(value, "nanoseconds", 0)
        if abs(nanos) > MAX_DURATION_SECONDS * _NANOSECONDS:
            raise self.unfit(value, hint="A duration is at most 315,576,000,000 seconds either way.")
        # Both parts have the sign of the whole.
        seconds, rest = divmod(abs(nanos), _NANOSECONDS)
        sign = -1 if nanos < 0 else 1
        target = literal.duration
        target.SetInParent()
        target.seconds = sign * seconds
        target.nanos = sign * rest

    def read(self, literal: Literal, data: DataAccess) -> timedelta:  # noqa: D102, ARG002 - see Codec
        stored = literal.duration
        try:
            return timedelta(seconds=stored.seconds, microseconds=int(stored.nanos / 1000))
        except OverflowError:
            raise self.unreadable(literal) from None

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if type(value) is timedelta:
            return EXACT
        return INSTANCE if isinstance(value, timedelta) and value == value else NO_MATCH  # noqa: PLR0124 - NaT


def _zone_name(value: datetime) -> str:
    # A zone of the standard library has a key. UTC has many names and one meaning: offset 0 without a zone.
    key = getattr(value.tzinfo, "key", None)
    return key if isinstance(key, str) and key != "UTC" else ""


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - costs every runner's start 4 ms

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueMismatch(
            "a datetime of a time zone that is known here",
            f"time zone {name!r}",
            hint="Install the package tzdata, or the system's zones.",
        ) from None
