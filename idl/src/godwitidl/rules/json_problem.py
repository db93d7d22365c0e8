"""What goes wrong between values and JSON, and the names that mark JSON objects of our own."""

import json
from typing import Any, Final

from godwitidl.rules.problems import Problem

MARKERS: Final = frozenset({frozenset({"@json"}), frozenset({"@reference"}), frozenset({"@hash", "@value"})})


class JsonValueError(ValueError):
    """JSON is no value of the type that is wanted, or a literal is no value of the type it should be written as.

    Attributes:
        path: Place: `layers[2].rate`; empty for the whole.
        expected: What was expected.
        came: What came.
        hint: What to do; empty where nothing more can be said.
    """

    def __init__(self, path: str, expected: str, came: str, hint: str = "") -> None:
        message = Problem(path, expected, came).message
        super().__init__(f"{message} ({hint})" if hint else message)
        self.path = path
        self.expected = expected
        self.came = came
        self.hint = hint


def describe(value: Any) -> str:
    """Return a JSON value as a noun for messages: `the text "abc"`, `null`, `a list of 3 items`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = str(value) if isinstance(value, float) or value.bit_length() < 256 else "a very long one"
        return f"the number {text}"
    if isinstance(value, str):
        text = json.dumps(value[:61], ensure_ascii=False)
        return f"the text {text}" if len(value) <= 60 else f"the text {text[:61]}…"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)} items"
    if isinstance(value, dict):
        return f"an object of {len(value)} names"
    return f"a {type(value).__name__}"


def suggest(name: Any, names: list[str]) -> str:
    """Return a hint that names the nearest of *names*; empty where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - 5 ms on the way to an error only

    matches = get_close_matches(name, names, n=1) if isinstance(name, str) else []
    return f"did you mean {matches[0]!r}?" if matches else ""
