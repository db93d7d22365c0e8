"""Files and folders of this host as inputs: a path becomes a uri with name, size and digest."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.values_pb2 import DirectoryLiteral, FileLiteral, Literal, TableLiteral
from godwitidl.rules.digest import tree_digest

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def place_local_files(name: str, literal: Literal) -> None:
    """Fill in, in place, what *literal* of input *name* says of files of this host; others stay as they are.

    Raises:
        InvalidInput: a file or folder is not there, or cannot be read.
    """
    for place in _places(literal):
        path = _local_path(place.uri)
        if path is None:
            continue
        try:
            _fill(place, path)
        except OSError as error:
            what = "folder" if isinstance(place, DirectoryLiteral) else "file"
            message = f"Input {name!r}: the {what} {path} cannot be read: {error.strerror or error}."
            raise InvalidInput(message, hint="Give a path on this host, or a uri.") from None


def _places(literal: Literal) -> Iterator[FileLiteral | DirectoryLiteral | TableLiteral]:
    kind = literal.WhichOneof("kind")
    if kind in {"file", "directory", "table"}:
        yield getattr(literal, kind)
    else:
        for part in _parts(literal, kind):
            yield from _places(part)


def _parts(literal: Literal, kind: str | None) -> Iterable[Literal]:
    """Return the values that *literal* is made of, of those that may be files."""
    if kind in {"list", "set"}:
        items: Iterable[Literal] = getattr(literal, kind).items
        return items
    if kind == "map":
        return [entry.value for entry in literal.map.entries]
    if kind == "record":
        return [field.value for field in literal.record.fields]
    return [literal.union.value] if kind == "union" else []


def _local_path(uri: str) -> Path | None:
    """Return the path that *uri* means on this host; None when it means a place elsewhere."""
    if uri.startswith("file:"):
        return Path(unquote(urlsplit(uri).path))
    if _SCHEME.match(uri):
        return None
    return Path(uri).expanduser().absolute()


def _fill(place: FileLiteral | DirectoryLiteral | TableLiteral, path: Path) -> None:
    if isinstance(place, DirectoryLiteral):
        if not path.is_dir():
            raise NotADirectoryError(0, "it is no folder")
        files = sorted(file for file in path.rglob("*") if file.is_file())
        digests = [(file.relative_to(path).as_posix(), _digest(file)) for file in files]
        place.uri, place.file_count = path.as_uri(), len(files)
        place.size_bytes = sum(file.stat().st_size for file in files)
        place.digest = place.digest or tree_digest(digests)
        return
    if not path.is_file():
        raise FileNotFoundError(0, "it is a folder" if path.is_dir() else "there is none")
    place.uri, place.size_bytes = path.as_uri(), path.stat().st_size
    place.digest = place.digest or _digest(path)
    if isinstance(place, FileLiteral):
        place.name = place.name or path.name


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
