"""Dates, times and durations read from text."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from google.protobuf.duration_pb2 import Duration

from godwitidl.core.v1.values_pb2 import DateTime
from godwitidl.rules.scalars import MIN_INSTANT_SECONDS, NANOS_PER_SECOND, is_datetime, is_duration

_YEAR_ONE: Final = datetime(1, 1, 1)  # noqa: DTZ001 - a clock reading, to count from
_DATETIME: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.(?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<offset>Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?"
    r"(?:\[(?P<zone>[A-Za-z0-9_+/-]+)\])?",
)
_SECONDS: Final = re.compile(r"(?P<sign>-?)(?P<seconds>[0-9]{1,15}(?:\.[0-9]{1,9})?)s")
_UNITS: Final = re.compile(
    r"(?P<sign>-?)(?:(?P<days>[0-9]{1,15})d)? ?(?:(?P<hours>[0-9]{1,15})h)? ?(?:(?P<minutes>[0-9]{1,15})m)? ?"
    r"(?:(?P<seconds>[0-9]{1,15}(?:\.[0-9]{1,9})?)s)?"
)
_ISO_DURATION: Final = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>[0-9]{1,15})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,15})H)?(?:(?P<minutes>[0-9]{1,15})M)?(?:(?P<seconds>[0-9]{1,15}(?:\.[0-9]{1,9})?)S)?)?"
)


def read_datetime(text: str) -> DateTime | None:
    """Return the datetime of an ISO 8601 text, with a zone in brackets after its offset; None where it is none.

    The time of day may be left out (midnight), its seconds, too, and a space may stand for the T.
    """
    match = _DATETIME.fullmatch(text)
    if match is None or (match["offset"] and not match["clock"]):
        return None
    try:
        local = datetime.fromisoformat(f"{match['day']}T{match['clock'] or '00:00'}")
    except ValueError:
        return None
    value = DateTime(zone=match["zone"] or "")
    offset = 0
    if match["offset"]:
        offset = _offset_seconds(match["offset"])
        value.offset_seconds = offset
    value.time.seconds = (local - _YEAR_ONE) // timedelta(seconds=1) + MIN_INSTANT_SECONDS - offset
    value.time.nanos = int((match["fraction"] or "").ljust(9, "0"))
    return value if is_datetime(value) else None


def read_date(text: str) -> date | None:
    """Return the day of a text `YYYY-MM-DD`; None where it is none."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def read_seconds(text: str) -> Duration | None:
    """Return the duration of a text as it is written, `90.5s`; None where it is none."""
    return _duration(_SECONDS.fullmatch(text))


def read_duration(text: str) -> Duration | None:
    """Return the duration of a text for people, `1d 2h 30m 5.5s`, or in ISO 8601, `P1DT2H`; None for others."""
    for pattern in (_UNITS, _ISO_DURATION):
        match = pattern.fullmatch(text)
        if match is not None and any(match.groups()[1:]):
            return _duration(match)
    return None


def duration_of_seconds(seconds: Decimal) -> Duration | None:
    """Return the duration of so many seconds, to the nanosecond; None where it is out of range."""
    nanos = int((seconds * NANOS_PER_SECOND).to_integral_value())
    whole, rest = divmod(abs(nanos), NANOS_PER_SECOND)
    sign = -1 if nanos < 0 else 1
    if whole.bit_length() > 62:
        return None
    value = Duration(seconds=sign * whole, nanos=sign * rest)
    return value if is_duration(value) else None


def _duration(match: re.Match[str] | None) -> Duration | None:
    if match is None:
        return None
    parts = match.groupdict()
    seconds = Decimal(parts["seconds"] or 0)
    for name, length in (("minutes", 60), ("hours", 3600), ("days", 86_400)):
        seconds += int(parts.get(name) or 0) * length
    return duration_of_seconds(-seconds if parts["sign"] else seconds)


def _offset_seconds(text: str) -> int:
    if text == "Z":
        return 0
    hours, minutes, *seconds = text[1:].split(":")
    magnitude = int(hours) * 3600 + int(minutes) * 60 + int(seconds[0] if seconds else 0)
    return -magnitude if text[0] == "-" else magnitude
