"""Values of the simple types from JSON. A reader fills a literal in, and says whether the JSON was such a value."""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from godwitidl.core.v1.values_pb2 import Literal, SimpleType
from godwitidl.rules.json_text import JsonTextError, write_json_text
from godwitidl.rules.json_writing import MAX_SAFE_INTEGER
from godwitidl.rules.message_json import read_message
from godwitidl.rules.scalars import MAX_DURATION_SECONDS, is_decimal, is_error, is_uuid
from godwitidl.rules.time_text import duration_of_seconds, read_date, read_datetime, read_duration, read_seconds

_INT_TEXT: Final = re.compile(r"[+-]?[0-9]{1,19}")
_FLOAT_TEXT: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_UUID_TEXT: Final = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_SPECIAL_FLOATS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _bool(literal: Literal, value: Any, lenient: bool) -> bool:
    if lenient and isinstance(value, str) and value in {"true", "false"}:
        value = value == "true"
    if not isinstance(value, bool):
        return False
    literal.bool_value = value
    return True


def _int(literal: Literal, value: Any, lenient: bool) -> bool:
    number = int_of(value, lenient=lenient)
    if number is None:
        return False
    literal.int_value = number
    return True


def int_of(value: Any, *, lenient: bool) -> int | None:
    """Return the integer of 64 bits that JSON says; None where it says none."""
    if isinstance(value, str) and _INT_TEXT.fullmatch(value):
        number = int(value)
        if not lenient and abs(number) <= MAX_SAFE_INTEGER:
            return None
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        return None
    return number if -(2**63) <= number < 2**63 else None


def _float(literal: Literal, value: Any, lenient: bool) -> bool:
    number = float_of(value, lenient=lenient)
    if number is None:
        return False
    literal.float_value = number
    return True


def float_of(value: Any, *, lenient: bool) -> float | None:
    """Return the float that JSON says; None where it says none, as an integer that is not exactly one."""
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        if lenient and _FLOAT_TEXT.fullmatch(value):
            return float(value)
        return _SPECIAL_FLOATS.get(value)
    if not lenient or isinstance(value, bool) or not isinstance(value, int) or value.bit_length() > 1024:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if int(number) == value else None


def _decimal(literal: Literal, value: Any, lenient: bool) -> bool:
    if lenient and isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 10_000:
        value = str(value)
    elif lenient and isinstance(value, str) and _FLOAT_TEXT.fullmatch(value):
        try:
            value = str(Decimal(value))
        except InvalidOperation:
            return False
    if not isinstance(value, str) or not is_decimal(value):
        return False
    literal.decimal = value
    return True


def _string(literal: Literal, value: Any, _: bool) -> bool:
    if not isinstance(value, str):
        return False
    return _set_text(literal, "string_value", value)


def _set_text(literal: Literal, field: str, text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    setattr(literal, field, text)
    return True


def _bytes(literal: Literal, value: Any, _: bool) -> bool:
    if not isinstance(value, str):
        return False
    try:
        literal.bytes_value = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _date(literal: Literal, value: Any, lenient: bool) -> bool:
    if lenient and isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    day = read_date(value) if isinstance(value, str) else None
    if day is None:
        return False
    literal.date = day.isoformat()
    return True


def _datetime(literal: Literal, value: Any, lenient: bool) -> bool:
    if lenient and isinstance(value, date):
        value = value.isoformat()
    moment = read_datetime(value) if isinstance(value, str) and (lenient or "T" in value) else None
    if moment is None:
        return False
    literal.datetime.CopyFrom(moment)
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _duration(literal: Literal, value: Any, lenient: bool) -> bool:
    length = None
    if isinstance(value, str):
        length = read_seconds(value) or (read_duration(value) if lenient else None)
    elif lenient and _is_number(value) and abs(value) <= MAX_DURATION_SECONDS:
        length = duration_of_seconds(Decimal(repr(value)))
    if length is None:
        return False
    literal.duration.CopyFrom(length)
    return True


def _uuid(literal: Literal, value: Any, lenient: bool) -> bool:
    if lenient and isinstance(value, str) and _UUID_TEXT.fullmatch(value):
        digits = value.replace("-", "").lower()
        value = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    if not isinstance(value, str) or not is_uuid(value):
        return False
    literal.uuid = value
    return True


def _json(literal: Literal, value: Any, _: bool) -> bool:
    if isinstance(value, dict) and value.keys() == {"@json"}:
        value = value["@json"]
    try:
        literal.json = write_json_text(value)
    except (JsonTextError, RecursionError, ValueError):
        return False
    return True


def _error(literal: Literal, value: Any, _: bool) -> bool:
    return not read_message(value, literal.error) and is_error(literal.error)


SCALAR_HINTS: Final = {
    int(SimpleType.SIMPLE_TYPE_INT): "an integer of 64 bits",
    int(SimpleType.SIMPLE_TYPE_FLOAT): "a number; an integer must be exactly a float",
    int(SimpleType.SIMPLE_TYPE_DECIMAL): 'a decimal number as text, such as "1.00"',
    int(SimpleType.SIMPLE_TYPE_BYTES): "base64 text",
    int(SimpleType.SIMPLE_TYPE_DATE): "a date such as 2024-02-29",
    int(SimpleType.SIMPLE_TYPE_DATETIME): "ISO 8601, such as 2024-02-29T12:00:00Z",
    int(SimpleType.SIMPLE_TYPE_DURATION): "a duration such as 90.5s or 1h 30m",
    int(SimpleType.SIMPLE_TYPE_UUID): "36 characters with hyphens",
    int(SimpleType.SIMPLE_TYPE_ERROR): "an error with code, message, blame and retry",
    int(SimpleType.SIMPLE_TYPE_JSON): "JSON without NaN, infinities or lone surrogates",
}

SCALAR_READERS: Final[dict[int, Callable[[Literal, Any, bool], bool]]] = {
    SimpleType.SIMPLE_TYPE_BOOL: _bool,
    SimpleType.SIMPLE_TYPE_INT: _int,
    SimpleType.SIMPLE_TYPE_FLOAT: _float,
    SimpleType.SIMPLE_TYPE_DECIMAL: _decimal,
    SimpleType.SIMPLE_TYPE_STRING: _string,
    SimpleType.SIMPLE_TYPE_BYTES: _bytes,
    SimpleType.SIMPLE_TYPE_DATE: _date,
    SimpleType.SIMPLE_TYPE_DATETIME: _datetime,
    SimpleType.SIMPLE_TYPE_DURATION: _duration,
    SimpleType.SIMPLE_TYPE_UUID: _uuid,
    SimpleType.SIMPLE_TYPE_JSON: _json,
    SimpleType.SIMPLE_TYPE_ERROR: _error,
}
