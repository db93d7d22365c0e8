"""Texts with names in braces, and JSON pointers: how what is declared and what services say fit together."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

JOB_NAMES: Final = ("job_name", "job_id")
"""Names that templates may use besides the inputs."""

_NAME = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}")


def names_in(template: Any) -> Iterator[str]:
    """Yield the names that a text, or the texts in a JSON value, use."""
    if isinstance(template, str):
        yield from (match[1] for match in _NAME.finditer(template) if match[1])
    elif isinstance(template, list):
        for item in template:
            yield from names_in(item)
    elif isinstance(template, dict):
        for item in template.values():
            yield from names_in(item)


def fill(template: str, values: Mapping[str, Any], quoted: Callable[[str], str] = str) -> str:
    """Return *template* with the values of its names; those that are no text as JSON.

    Raises:
        KeyError: it uses a name without a value.
    """

    def value(match: re.Match[str]) -> str:
        if not match[1]:
            return match[0][0]
        return quoted(text_of(values[match[1]]))

    return _NAME.sub(value, template)


def fill_path(template: str, values: Mapping[str, Any]) -> str:
    """Return a path and query with the values of its names, each quoted as a whole."""
    return fill(template, values, lambda text: quote(text, safe=""))


def fill_json(template: Any, values: Mapping[str, Any]) -> Any:
    """Return a JSON value whose texts are filled; a text that is one name alone becomes the value itself."""
    if isinstance(template, str):
        alone = _NAME.fullmatch(template)
        return values[alone[1]] if alone and alone[1] else fill(template, values)
    if isinstance(template, list):
        return [fill_json(item, values) for item in template]
    if isinstance(template, dict):
        return {key: fill_json(item, values) for key, item in template.items()}
    return template


def text_of(value: Any) -> str:
    """Return a JSON value as a text: itself if it is one."""
    return value if isinstance(value, str) else json.dumps(value)


def look_up(answer: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to in *answer*; None where it leads to nothing."""
    if not pointer:
        return answer
    for part in pointer.removeprefix("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(answer, dict):
            answer = answer.get(key)
        elif isinstance(answer, list) and key.isdigit() and int(key) < len(answer):
            answer = answer[int(key)]
        else:
            return None
    return answer
