"""What values refer to: their uris, found and replaced at any depth."""

import sys
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from godwitidl.core.v1.values_pb2 import DataRef, Literal, Type
from godwitidl.rules.digest import literal_digest

_BLOBS = ("file", "directory", "table")


def local_path(uri: str) -> Path | None:
    """Return the path that *uri* names, where it is one of this host."""
    if uri.startswith("file:"):
        return Path(unquote(urlsplit(uri).path))
    return Path(uri) if uri.startswith("/") else None


def is_elsewhere(uri: str) -> bool:
    """Return whether *uri* names what no path of this host leads to."""
    return bool(uri) and local_path(uri) is None


def uri_of(value: Literal) -> str:
    """Return the uri of a value that has one itself; else an empty text."""
    kind = value.WhichOneof("kind")
    return str(getattr(value, kind).uri) if kind in {*_BLOBS, "reference"} else ""


def set_uri(value: Literal, uri: str) -> None:
    """Replace the uri of a value that has one itself."""
    getattr(value, value.WhichOneof("kind") or "").uri = uri


def values_with_uris(values: Iterable[Literal]) -> Iterator[Literal]:
    """Yield *values* and what is inside of them, as far as it has uris; not what stands at these uris."""
    for value in values:
        if uri_of(value):
            yield value
        else:
            yield from values_with_uris(_children(value))


def holds_more(value: Literal) -> bool:
    """Return whether *value* is a reference to a value that may refer to files, folders or tables."""
    return value.WhichOneof("kind") == "reference" and _may_refer(value.reference.type)


def store_again(value: Literal, reference: DataRef, path: Path) -> None:
    """Write *value* to the file *path*, in the form that *reference* says, and have that stand for it."""
    if reference.HasField("index"):
        items = [item.SerializeToString(deterministic=True) for item in value.list.items]
        offsets = array("Q", [0])
        for item in items:
            offsets.append(offsets[-1] + len(item))
        reference.index.footer_offset = offsets[-1]
        if sys.byteorder == "little":
            offsets.byteswap()
        stored = b"".join([*items, offsets.tobytes()])
    else:
        stored = value.SerializeToString(deterministic=True)
    path.write_bytes(stored)
    reference.uri, reference.size_bytes = path.as_uri(), len(stored)
    reference.digest = literal_digest(value)


def _may_refer(of: Type) -> bool:
    # A type that is not known may.
    kind = of.WhichOneof("kind")
    if kind is None or kind in _BLOBS:
        return True
    return any(word in str(of) for word in ("file {", "directory {", "table {"))


def _children(value: Literal) -> Iterator[Literal]:
    kind = value.WhichOneof("kind")
    if kind in {"list", "set"}:
        yield from (value.list if kind == "list" else value.set).items
    elif kind == "map":
        for entry in value.map.entries:
            yield entry.key
            yield entry.value
    elif kind == "record":
        for field in value.record.fields:
            yield field.value
    elif kind == "union":
        yield value.union.value
