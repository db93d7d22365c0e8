"""Files, directories, tables and references from JSON: an object with their facts, or a path or uri alone."""

from typing import Any, Final

from google.protobuf.message import Message

from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.json_problem import JsonValueError, describe, suggest
from godwitidl.rules.message_json import read_message
from godwitidl.rules.problems import field_path
from godwitidl.rules.scalars import is_content_digest

_TABLE_FORMATS: Final = {"parquet": "parquet", "arrow": "arrow", "feather": "arrow", "csv": "csv"}


def read_file(value: Any, of: Type, path: str, *, lenient: bool) -> Literal:
    """Return a file. Its format is the type's where nothing says it; a path alone names it, too.

    Raises:
        JsonValueError: neither an object of a file's facts nor, if *lenient*, a path or uri.
    """
    literal = Literal()
    if lenient and isinstance(value, str) and value:
        _set(literal.file, "uri", value, path)
        literal.file.name = value.rstrip("/").rpartition("/")[2]
    else:
        facts = _facts(
            value, {"uri": str, "name": str, "format": str, "size_bytes": int, "digest": str}, path, "a file"
        )
        _fill(literal.file, facts, path)
    if not literal.file.format:
        literal.file.format = of.file.format
    return literal


def read_directory(value: Any, of: Type, path: str, *, lenient: bool) -> Literal:
    """Return a directory, likewise.

    Raises:
        JsonValueError: neither an object of a directory's facts nor, if *lenient*, a path or uri.
    """
    literal = Literal()
    if lenient and isinstance(value, str) and value:
        _set(literal.directory, "uri", value, path)
    else:
        kinds = {"uri": str, "format": str, "size_bytes": int, "file_count": int, "digest": str}
        _fill(literal.directory, _facts(value, kinds, path, "a directory"), path)
    if not literal.directory.format:
        literal.directory.format = of.directory.format
    return literal


def read_table(value: Any, of: Type, path: str, *, lenient: bool) -> Literal:
    """Return a table, likewise; of a path alone, the columns are the type's, and the format its extension's.

    Raises:
        JsonValueError: neither an object of a table's facts nor, if *lenient*, a path or uri; or no format is known.
    """
    literal = Literal()
    if lenient and isinstance(value, str) and value:
        _set(literal.table, "uri", value, path)
        literal.table.format = of.table.format or _TABLE_FORMATS.get(value.rpartition(".")[2].lower(), "")
        literal.table.columns.extend(of.table.columns)
    else:
        kinds = {"uri": str, "format": str, "row_count": int, "size_bytes": int, "digest": str, "columns": list}
        facts = _facts(value, kinds, path, "a table")
        for column in facts.pop("columns", []):
            _parse(column, literal.table.columns.add(), field_path(path, "columns"))
        _fill(literal.table, facts, path)
        literal.table.format = literal.table.format or of.table.format
    if not literal.table.format:
        formats = ", ".join(sorted(set(_TABLE_FORMATS.values())))
        raise JsonValueError(path, "a table of a known format", "none", f'say "format": one of {formats}')
    return literal


def read_reference(value: Any, path: str) -> Literal:
    """Return a reference to a value that is stored elsewhere.

    Raises:
        JsonValueError: no object of a reference's facts.
    """
    kinds = {"uri": str, "size_bytes": int, "digest": str, "type": dict, "item_count": int, "footer_offset": int}
    facts = _facts(value, kinds, path, "a reference")
    literal = Literal()
    digest = facts.pop("digest", "")
    try:
        literal.reference.digest = bytes.fromhex(digest)
    except ValueError:
        raise JsonValueError(field_path(path, "digest"), "64 hexadecimal digits", describe(digest)) from None
    if len(literal.reference.digest) != 32:
        raise JsonValueError(field_path(path, "digest"), "64 hexadecimal digits", describe(digest))
    if "type" in facts:
        _parse(facts.pop("type"), literal.reference.type, field_path(path, "type"))
    if "footer_offset" in facts:
        _set(literal.reference.index, "footer_offset", facts.pop("footer_offset"), path)
    _fill(literal.reference, facts, path)
    return literal


def _facts(value: Any, kinds: dict[str, type], path: str, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise JsonValueError(path, f"{what}: its uri, or an object with it", describe(value))
    for name, fact in value.items():
        if name not in kinds:
            known = ", ".join(kinds)
            raise JsonValueError(path, f"{what} of {known}", f"the name {name!r}", suggest(name, list(kinds)))
        if not isinstance(fact, kinds[name]) or isinstance(fact, bool):
            raise JsonValueError(field_path(path, name), kinds[name].__name__, describe(fact))
    if not value.get("uri"):
        raise JsonValueError(field_path(path, "uri"), "a uri", "nothing")
    return dict(value)


def _fill(message: Message, facts: dict[str, Any], path: str) -> None:
    for name, fact in facts.items():
        if name == "digest" and not is_content_digest(fact):
            raise JsonValueError(field_path(path, name), "sha256: and 64 hexadecimal digits", describe(fact))
        if isinstance(fact, int) and fact < 0:
            raise JsonValueError(field_path(path, name), "0 or more", describe(fact))
        _set(message, name, fact, path)


def _set(message: Message, name: str, fact: Any, path: str) -> None:
    try:
        setattr(message, name, fact)
    except (ValueError, UnicodeEncodeError):
        raise JsonValueError(field_path(path, name), "a fact in range", describe(fact)) from None


def _parse(value: Any, message: Message, path: str) -> None:
    problem = read_message(value, message)
    if problem:
        raise JsonValueError(path, f"the JSON of {message.DESCRIPTOR.name}", problem)
