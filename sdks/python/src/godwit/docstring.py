"""Docstrings, as people see them beside a task or its inputs."""

import re
from typing import NamedTuple

_SECTION = re.compile(r"^(Args|Arguments|Parameters|Returns|Raises|Yields|Attributes|Examples?|Notes?)\s*:\s*$")
_ENTRY = re.compile(r"^(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")


class Documentation(NamedTuple):
    """A docstring in parts.

    Attributes:
        summary: its first paragraph, on one line.
        description: all that follows, without the section on parameters.
        parameters: what it says of each parameter.
    """

    summary: str
    description: str
    parameters: dict[str, str]


def parse_docstring(text: str) -> Documentation:
    """Return the parts of a docstring in Google's layout, without common indentation, as `inspect.getdoc` gives it."""
    if not text.strip():
        return Documentation("", "", {})
    summary, _, rest = text.strip().partition("\n\n")
    kept: list[str] = []
    parameters: dict[str, str] = {}
    section = name = ""
    for line in rest.splitlines():
        heading = _SECTION.match(line)
        if heading or (line and not line[0].isspace()):
            section = heading[1] if heading else ""
            name = ""
        if section not in {"Args", "Arguments", "Parameters"}:
            kept.append(line)
        elif not heading and line.strip():
            entry = _ENTRY.match(line.strip()) if _indentation(line) <= 4 else None  # deeper lines go on with the entry
            if entry:
                name = entry[1]
                parameters[name] = entry[2]
            elif name:
                parameters[name] = f"{parameters[name]} {line.strip()}".strip()
    return Documentation(" ".join(summary.split()), "\n".join(kept).strip(), parameters)


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())
