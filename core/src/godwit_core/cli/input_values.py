"""Inputs as people write them on a command line, turned into literals: plain text, JSON, YAML, `@file`, paths."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.rendering import render_type
from godwitidl.rules.value_json import JsonValueError, from_json

from godwit_core.cli.local_files import place_local_files

_STRUCTURED = frozenset({"list", "tuple", "set", "map", "record", "union"})
_PLACES = frozenset({"file", "directory", "table"})
_NONE = frozenset({"null", "none"})


def read_value(name: str, text: str, of: Type) -> Literal:
    """Return the value that *text* says of input *name*.

    `@FILE` stands for what is in a file; a text that begins with an at sign is written with two.

    Raises:
        InvalidInput: it says no value of the type, or a file cannot be read.
    """
    value: Any
    if text.startswith("@@"):
        value = _parse(name, text[1:], of)
    elif text.startswith("@") and len(text) > 1:
        value = _parse(name, _content(name, text[1:], of), of)
    else:
        value = _parse(name, text, of)
    return make_literal(name, value, of)


def read_json_value(name: str, text: str, of: Type) -> Literal:
    """Return the value that *text*, which is JSON whatever the type, says of input *name*.

    Raises:
        InvalidInput: it is no JSON, or no value of the type.
    """
    try:
        return make_literal(name, json.loads(text), of)
    except ValueError as error:
        raise _unfit(name, of, f"came no JSON: {error}") from None


def make_literal(name: str, value: Any, of: Type) -> Literal:
    """Return the literal of a JSON value of input *name*; files that lie on this host get name, size and digest.

    Raises:
        InvalidInput: it is no value of the type, or a file cannot be read.
    """
    try:
        literal = from_json(value, of)
    except JsonValueError as error:
        at = f" at {error.path}" if error.path else ""
        message = f"Input {name!r}{at}: expected {error.expected}, came {error.came}."
        raise InvalidInput(message, hint=_sentence(error.hint)) from None
    place_local_files(name, literal)
    return literal


def json_like(value: Any) -> Any:
    """Return what YAML gave as JSON would have it: dates as text, keys as text."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): json_like(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_like(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _parse(name: str, text: str, of: Type) -> Any:
    """Return the JSON value of *text*: as it is for what is one text, parsed for what has parts."""
    kind = of.WhichOneof("kind")
    is_json = kind == "simple" and of.simple == SimpleType.SIMPLE_TYPE_JSON
    if of.nullable and text in _NONE and not _is_string(of):
        return None
    if kind in _STRUCTURED or is_json or (kind in _PLACES and text.lstrip().startswith("{")):
        return _structured(name, text, of)
    return text


def _sentence(clause: str) -> str:
    """Return a hint that follows in parentheses as a sentence of its own."""
    end = "" if not clause or clause.endswith(("?", ".")) else "."
    return f"{clause[:1].upper()}{clause[1:]}{end}"


def _is_string(of: Type) -> bool:
    return of.WhichOneof("kind") == "simple" and of.simple == SimpleType.SIMPLE_TYPE_STRING


def _structured(name: str, text: str, of: Type) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    import yaml  # noqa: PLC0415 - 20 ms, for what is no JSON only

    try:
        return json_like(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise _unfit(name, of, f"came neither JSON nor YAML: {str(error).splitlines()[0]}") from None


def _content(name: str, path: str, of: Type) -> str:
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        hint = "A text that begins with an at sign is written with two: @@…" if _is_string(of) else "Check the path."
        raise InvalidInput(f"Input {name!r}: the file {path} cannot be read: {reason}.", hint=hint) from None
    return text if _is_string(of) else text.strip()


def _unfit(name: str, of: Type, came: str) -> InvalidInput:
    return InvalidInput(f"Input {name!r}: expected {render_type(of)}, {came}.")
