"""Strict JSON text (RFC 8259): one meaning for every reader, or an error."""

import math
from collections.abc import Iterable
from typing import Any, Final, Self

MAX_JSON_DEPTH: Final = 128


class JsonTextError(ValueError):
    """The text is not JSON, or not JSON that every reader reads alike."""


class Digits(str):
    """The decimal digits of an integer of any length, as they stand in the text. `-0` is `0`."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Keep *text*."""
        return super().__new__(cls, "0" if text == "-0" else text)


def parse_json_text(text: str) -> Any:
    """Return the value of *text*: None, bool, Digits for integers, float, str, list, dict.

    Raises:
        JsonTextError: not JSON; a name twice in an object; NaN, an infinity or a number beyond binary64; a lone
            surrogate; nested deeper than MAX_JSON_DEPTH.
    """
    import json  # noqa: PLC0415 - this and the next: 2 ms that few tasks need

    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=Digits,
            parse_float=_finite,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise JsonTextError(f"JSON nested deeper than {MAX_JSON_DEPTH}") from None
    except json.JSONDecodeError as error:
        raise JsonTextError(f"not JSON: {error}") from None
    _check(value, depth=1)
    return value


def write_json_text(value: Any) -> str:
    """Return *value* as JSON text: compact, in its order, with every character but the needed escapes as itself.

    Raises:
        JsonTextError: something that has no JSON: NaN, an infinity, a key that is no string, another class of object,
            a lone surrogate; or nested deeper than MAX_JSON_DEPTH.
    """
    import json  # noqa: PLC0415 - as above

    _check(value, depth=1)
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise JsonTextError(f"the name {twice!r} stands twice in one JSON object")
    return made


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonTextError(f"the JSON number {text} is beyond binary64")
    return number


def _refuse_constant(text: str) -> Any:
    raise JsonTextError(f"{text} is no JSON")


def _check(value: Any, *, depth: int) -> None:
    if depth > MAX_JSON_DEPTH:
        raise JsonTextError(f"JSON nested deeper than {MAX_JSON_DEPTH}")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for name in value:
            if not isinstance(name, str):
                raise JsonTextError(f"a name in a JSON object is text, not {type(name).__name__} {name!r}")
            _check_text(name)
        _check_all(value.values(), depth=depth + 1)
    elif isinstance(value, list | tuple):
        _check_all(value, depth=depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise JsonTextError(f"{value} has no JSON")
    elif value is not None and not isinstance(value, bool | int):
        raise JsonTextError(f"{type(value).__name__} has no JSON")


def _check_all(values: Iterable[Any], *, depth: int) -> None:
    for value in values:
        _check(value, depth=depth)


def _check_text(text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise JsonTextError("a lone surrogate is no Unicode text")
