"""Amounts of memory and processors as authors write them, and the error of a setting that is not as expected."""

import re

from godwit.errors import DeclarationError

_UNITS = {
    "": 1,
    "k": 10**3,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}


def invalid(setting: str, expected: str, came: object) -> DeclarationError:
    """Return the error of a setting whose value is not as expected."""
    return DeclarationError(f"{setting} must be {expected}; got {came!r}.", code="INVALID_SETTING")


def bytes_of(setting: str, size: int | str | None) -> int:
    """Return a size in bytes, 0 for None.

    Raises:
        DeclarationError: it is no size.
    """
    if size is None:
        return 0
    if isinstance(size, int) and not isinstance(size, bool):
        if size < 0:
            raise invalid(setting, "at least 0", size)
        return size
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKMGT]i?)?B?", size) if isinstance(size, str) else None
    unit = _UNITS.get(match[2] or "") if match else None
    if match is None or unit is None:
        raise invalid(setting, 'a number of bytes, or a text such as "512Mi" or "1.5Gi"', size)
    return _scaled(match[1], unit)


def _scaled(number: str, unit: int) -> int:
    """Return a decimal number of units, rounded down."""
    whole, _, part = number.partition(".")
    return int(whole + part) * unit // int("1" + "0" * len(part))


def millis_of(setting: str, cores: float | str | None) -> int:
    """Return a number of cores in thousandths, 0 for None.

    Raises:
        DeclarationError: it is no number of cores.
    """
    if cores is None:
        return 0
    if isinstance(cores, str):
        match = re.fullmatch(r"(\d+)m|(\d+(?:\.\d+)?)", cores)
        if match is None:
            raise invalid(setting, 'a number of cores, or a text such as "500m" or "2"', cores)
        return int(match[1]) if match[1] else _scaled(match[2], 1000)
    if isinstance(cores, bool) or not isinstance(cores, int | float) or not 0 <= cores < 2**31:
        raise invalid(setting, "a number of cores from 0", cores)
    return round(cores * 1000)
