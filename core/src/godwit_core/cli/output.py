"""What goes to the terminal: lines, JSON, colours, and errors. Nothing else writes to the standard streams."""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO

_COLOURS: Mapping[str, str] = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "dim": "2", "bold": "1"}

_PHASE_COLOURS: Mapping[str, str] = {
    "SUCCEEDED": "green",
    "RECOVERED": "green",
    "FAILED": "red",
    "ABORTED": "yellow",
    "RUNNING": "blue",
    "SKIPPED": "dim",
    "PENDING": "dim",
}


def write(text: str = "") -> None:
    """Write a line to standard output. A reader that has gone away is no error."""
    _write(sys.stdout, text)


def tell(text: str) -> None:
    """Write a line to standard error: what people read beside the result."""
    _write(sys.stderr, text)


def write_json(value: Any) -> None:
    """Write *value* as JSON to standard output, indented for people on a terminal."""
    write(json.dumps(value, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False))


def coloured(text: str, colour: str, *, plain: bool) -> str:
    """Return *text* in a colour, where standard output is a terminal that shows it."""
    if plain or not sys.stdout.isatty():
        return text
    return f"\033[{_COLOURS[colour]}m{text}\033[0m"


def coloured_phase(cell: str, *, plain: bool) -> str:
    """Return a table's cell that begins with a phase in the phase's colour."""
    colour = _PHASE_COLOURS.get(cell.partition(" ")[0].rstrip(","))
    return coloured(cell, colour, plain=plain) if colour else cell


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
