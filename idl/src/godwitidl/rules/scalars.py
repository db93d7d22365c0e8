"""Which texts and numbers are values of the scalar types. Each predicate says yes or no, and raises nothing."""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from google.protobuf.duration_pb2 import Duration

from godwitidl.core.v1.errors_pb2 import Blame, ExecutionError, Retry
from godwitidl.core.v1.values_pb2 import DateTime

MAX_DURATION_SECONDS: Final = 315_576_000_000
MAX_OFFSET_SECONDS: Final = 64_800
MIN_INSTANT_SECONDS: Final = -62_135_596_800
MAX_INSTANT_SECONDS: Final = 253_402_300_799
NANOS_PER_SECOND: Final = 1_000_000_000

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-][0-9]{1,9})?")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONTENT_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def is_date(text: str) -> bool:
    """Whether *text* is a day `YYYY-MM-DD` of the years 1 to 9999."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_decimal(text: str) -> bool:
    """Whether *text* is a decimal number in the one form that `str(Decimal)` and `BigDecimal.toString` write."""
    return _DECIMAL.fullmatch(text) is not None and str(Decimal(text)) == text


def is_uuid(text: str) -> bool:
    """Whether *text* is a UUID of 36 characters, in lower case, with hyphens."""
    return _UUID.fullmatch(text) is not None


def is_content_digest(text: str) -> bool:
    """Whether *text* is `sha256:` and 64 hexadecimal digits in lower case."""
    return _CONTENT_DIGEST.fullmatch(text) is not None


def is_datetime(value: DateTime) -> bool:
    """Whether *value* has a time of the years 1 to 9999, in UTC and at its offset, and a zone only beside an offset."""
    seconds, nanos, offset = value.time.seconds, value.time.nanos, value.offset_seconds
    return (
        value.HasField("time")
        and MIN_INSTANT_SECONDS <= seconds <= MAX_INSTANT_SECONDS
        and MIN_INSTANT_SECONDS <= seconds + offset <= MAX_INSTANT_SECONDS
        and 0 <= nanos < NANOS_PER_SECOND
        and -MAX_OFFSET_SECONDS <= offset <= MAX_OFFSET_SECONDS
        and (not value.zone or value.HasField("offset_seconds"))
    )


def is_duration(value: Duration) -> bool:
    """Whether *value* is in range, its nanoseconds below one second and of the sign of its seconds."""
    seconds, nanos = value.seconds, value.nanos
    if not -NANOS_PER_SECOND < nanos < NANOS_PER_SECOND or (seconds > 0 > nanos) or (seconds < 0 < nanos):
        return False
    return abs(seconds) < MAX_DURATION_SECONDS or (abs(seconds) == MAX_DURATION_SECONDS and nanos == 0)


def is_error(value: ExecutionError) -> bool:
    """Whether *value* has a code and a message, and says who is to blame and whether it may be retried."""
    if not value.code or not value.message or not value.blame or not value.retry:
        return False
    return value.blame in Blame.values() and value.retry in Retry.values()
