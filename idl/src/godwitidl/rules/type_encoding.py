"""The encoding of types that digests are made of, and the text and sorted lists that all encodings share."""

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Final

from godwitidl.core.v1.values_pb2 import SimpleType, Type
from godwitidl.rules.scalars import is_content_digest

DIGEST_BYTES: Final = 32

_U64: Final = Struct(">Q").pack


class DigestError(ValueError):
    """What should be digested is no value, type or digest of the contract."""


def encode_text(text: str) -> bytes:
    """Return the length of *text* in UTF-8, in 8 bytes, and its bytes.

    Raises:
        DigestError: it holds a lone surrogate.
    """
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        raise DigestError(f"a lone surrogate is no Unicode text: {text!r}") from None
    return _U64(len(encoded)) + encoded


def join_sorted(pairs: Sequence[tuple[bytes, bytes]], *, what: str) -> bytes:
    """Return the number of *pairs* in 8 bytes, and the pairs, sorted by their first parts bytewise.

    Raises:
        DigestError: a first part stands twice; *what* says in words what that is.
    """
    if len({key for key, _ in pairs}) != len(pairs):
        raise DigestError(f"a {what} stands twice")
    return _U64(len(pairs)) + b"".join(key + value for key, value in sorted(pairs))


def checked_digest(digest: bytes) -> bytes:
    """Return *digest*.

    Raises:
        DigestError: it is not 32 bytes long.
    """
    if len(digest) != DIGEST_BYTES:
        raise DigestError(f"a digest has {DIGEST_BYTES} bytes, not {len(digest)}")
    return digest


def checked_content_digest(text: str) -> str:
    """Return the digest of a file's bytes.

    Raises:
        DigestError: it is not `sha256:` and 64 hexadecimal digits in lower case.
    """
    if not is_content_digest(text):
        raise DigestError(f"a digest of bytes is sha256: and 64 hexadecimal digits in lower case, not {text!r}")
    return text


def encode_type(of: Type) -> bytes:
    """Return the encoding of a type.

    Raises:
        DigestError: it has no kind, or a name stands twice in it.
    """
    kind = of.WhichOneof("kind")
    if kind is None:
        raise DigestError("a type without a known kind is none")
    encoded = _ENCODERS[kind](of)
    return b"?" + encoded if of.nullable else encoded


def _simple(of: Type) -> bytes:
    tag = _SIMPLE.get(of.simple)
    if tag is None:
        raise DigestError(f"no simple type: {of.simple}")
    return tag


def _list(of: Type) -> bytes:
    return b"l" + encode_type(of.list.item)


def _tuple(of: Type) -> bytes:
    return b"p" + _U64(len(of.tuple.items)) + b"".join(map(encode_type, of.tuple.items))


def _set(of: Type) -> bytes:
    return b"S" + encode_type(of.set.item)


def _map(of: Type) -> bytes:
    return b"m" + encode_type(of.map.key) + encode_type(of.map.value)


def _enum(of: Type) -> bytes:
    return b"E" + join_sorted([(encode_text(symbol), b"") for symbol in of.enum.symbols], what="symbol")


def _record(of: Type) -> bytes:
    fields = [(encode_text(field.name), encode_type(field.type)) for field in of.record.fields]
    return b"r" + join_sorted(fields, what="field")


def _union(of: Type) -> bytes:
    members = [(encode_text(member.tag), encode_type(member.type)) for member in of.union.members]
    return b"|" + join_sorted(members, what="tag")


def _file(of: Type) -> bytes:
    return b"F" + encode_text(of.file.format)


def _directory(of: Type) -> bytes:
    return b"P" + encode_text(of.directory.format)


def _table(of: Type) -> bytes:
    columns = of.table.columns
    if len({column.name for column in columns}) != len(columns):
        raise DigestError("a column stands twice")
    encoded = b"".join(encode_text(column.name) + encode_type(column.type) for column in columns)
    return b"T" + encode_text(of.table.format) + _U64(len(columns)) + encoded


_SIMPLE: Final[dict[int, bytes]] = {
    SimpleType.SIMPLE_TYPE_BOOL: b"b",
    SimpleType.SIMPLE_TYPE_INT: b"i",
    SimpleType.SIMPLE_TYPE_FLOAT: b"f",
    SimpleType.SIMPLE_TYPE_DECIMAL: b"d",
    SimpleType.SIMPLE_TYPE_STRING: b"s",
    SimpleType.SIMPLE_TYPE_BYTES: b"y",
    SimpleType.SIMPLE_TYPE_DATE: b"D",
    SimpleType.SIMPLE_TYPE_DATETIME: b"t",
    SimpleType.SIMPLE_TYPE_DURATION: b"u",
    SimpleType.SIMPLE_TYPE_UUID: b"U",
    SimpleType.SIMPLE_TYPE_JSON: b"j",
    SimpleType.SIMPLE_TYPE_ERROR: b"e",
}

_ENCODERS: Final[dict[str, Callable[[Type], bytes]]] = {
    "simple": _simple,
    "list": _list,
    "tuple": _tuple,
    "set": _set,
    "map": _map,
    "enum": _enum,
    "record": _record,
    "union": _union,
    "file": _file,
    "directory": _directory,
    "table": _table,
}
