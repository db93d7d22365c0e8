"""Whether what values refer to is where they say, and what they say."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.digest import tree_digest
from godwitidl.rules.offloading import OffloadingError, decode_offloaded

from godwit_core.engine.state import Values


def is_there(registry: PluginRegistry, uri: str) -> bool:
    """Return whether a blob exists; not where that cannot be told."""
    try:
        return bool(registry.create(Kind.PERSISTENCE, urlsplit(uri).scheme or "file").exists(uri))
    except DataError:
        return False


def are_sound(registry: PluginRegistry, values: Values, stored_us: int) -> bool:
    """Return whether all blobs that *values* refer to are there, and as they were stored.

    Of files on this host the sizes are compared, and the digests of those that were written to after *stored_us*, in
    microseconds since the epoch. Whatever lies elsewhere need only be there: its readers compare digests.
    """
    return all(
        _is_whole(registry, blob, stored_us)
        for value, _ in values.values()
        for blob in references_in(Literal.FromString(value))
    )


def damaged(registry: PluginRegistry, inputs: bytes, told: str) -> tuple[str, ...]:
    """Return the names of *inputs*, encoded `NamedLiterals`, that refer to a blob that is not what was stored.

    Of what lies elsewhere than on this host, *told* counts: the message of a reader that names the blob.
    """
    return tuple(
        one.name
        for one in NamedLiterals.FromString(inputs).values
        if not all(_is_whole(registry, blob, 0) for blob in references_in(one.value))
        or any(_blob_uri(blob) in told for blob in references_in(one.value))
    )


def references_in(literal: Literal) -> Iterator[Literal]:
    """Yield the literals in *literal* that refer to a blob."""
    kind = literal.WhichOneof("kind")
    if kind in {"file", "directory", "table", "reference"}:
        yield literal
    elif kind in {"list", "set"}:
        for item in getattr(literal, kind).items:
            yield from references_in(item)
    elif kind == "map":
        for entry in literal.map.entries:
            yield from references_in(entry.key)
            yield from references_in(entry.value)
    elif kind == "record":
        for field in literal.record.fields:
            yield from references_in(field.value)
    elif kind == "union":
        yield from references_in(literal.union.value)


def _blob_uri(literal: Literal) -> str:
    return str(getattr(literal, str(literal.WhichOneof("kind"))).uri)


def _is_whole(registry: PluginRegistry, literal: Literal, stored_us: int) -> bool:
    return is_there(registry, _blob_uri(literal)) and _is_sound(literal, stored_us)


def _is_sound(literal: Literal, stored_us: int) -> bool:
    kind = str(literal.WhichOneof("kind"))
    blob = getattr(literal, kind)
    parts = urlsplit(blob.uri)
    if parts.scheme != "file" or not blob.digest:
        return True
    path = Path(unquote(parts.path))
    try:
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        found = [file.stat() for file in files]
        size = blob.size_bytes if kind == "reference" or blob.HasField("size_bytes") else None
        if size is not None and size != sum(one.st_size for one in found):
            return False
        if all(one.st_mtime_ns // 1000 <= stored_us for one in found):
            return True
        return _has_digest(literal, path, files)
    except OSError:
        return False


def _has_digest(literal: Literal, path: Path, files: list[Path]) -> bool:
    """Read the files, and return whether their digest is that of the literal."""
    if literal.WhichOneof("kind") == "reference":
        try:
            decode_offloaded(literal.reference, path.read_bytes())
        except OffloadingError:
            return False
        return True
    expected = str(getattr(literal, str(literal.WhichOneof("kind"))).digest)
    if path.is_file():
        return _file_digest(path) == expected
    return tree_digest((file.relative_to(path).as_posix(), _file_digest(file)) for file in files) == expected


def _file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
