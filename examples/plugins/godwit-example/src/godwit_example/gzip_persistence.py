"""Blobs as compressed files of this host: `gzip:///absolute/path` is the file `/absolute/path.gz`."""

import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote

from godwit_plugin_api.errors import DataError

_PREFIX = "gzip://"
_SUFFIX = ".gz"
_LEVEL = 1


class GzipPersistence:
    """Keeps each blob as a file of its own, compressed."""

    def __init__(self, *, durable: bool = False) -> None:
        """With *durable*, what is put survives the loss of power."""
        self._durable = durable

    def put_file(self, source: Path, uri: str) -> None:
        """Store a file."""
        with _translated(uri):
            self._compress(source, _blob(_path(uri)))

    def put_directory(self, source: Path, uri: str) -> None:
        """Store the files below a folder."""
        with _translated(uri):
            if not source.is_dir():
                raise FileNotFoundError(2, "No such folder", str(source))
            for parent, _, names in os.walk(source, followlinks=True):
                for name in names:
                    file = Path(parent, name)
                    self._compress(file, _blob(_path(uri) / file.relative_to(source)))

    def open(self, uri: str) -> BinaryIO:
        """Open a blob."""
        with _translated(uri):
            return cast("BinaryIO", gzip.open(_blob(_path(uri)), "rb"))

    def get(self, uri: str, target: Path) -> Path:
        """Copy a blob or tree to *target*."""
        with _translated(uri):
            path = _path(uri)
            if not path.is_dir():
                return _expand(_blob(path), target)
            for blob in _blobs(path):
                _expand(blob, target / _name(blob, path))
            return target

    def exists(self, uri: str) -> bool:
        """Return whether a blob or tree is there."""
        path = _path(uri)
        return _blob(path).is_file() or next(_blobs(path), None) is not None

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Yield the blobs below *uri*, with the sizes of what was put."""
        path = _path(uri)
        with _translated(uri):
            found = sorted((_name(blob, path), _size(blob)) for blob in _blobs(path))
        yield from found

    def delete(self, uri: str) -> None:
        """Delete a blob or tree."""
        with _translated(uri):
            path = _path(uri)
            _blob(path).unlink(missing_ok=True)
            if path.is_dir():
                shutil.rmtree(path)

    def _compress(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}.unfinished")
        try:
            with source.open("rb") as plain, partial.open("wb") as file:
                with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
                    shutil.copyfileobj(plain, packed)
                if self._durable:
                    file.flush()
                    os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def _translated(uri: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"There is no {error.filename}, for {uri}.", code="BLOB_MISSING") from error
    except (OSError, EOFError) as error:
        raise DataError(f"{uri} cannot be accessed: {error}.", code="BLOB_STORE") from error


def _path(uri: str) -> Path:
    return Path(unquote(uri.removeprefix(_PREFIX)))


def _blob(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)


def _blobs(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob(f"*{_SUFFIX}") if path.is_file())


def _name(blob: Path, folder: Path) -> str:
    return blob.relative_to(folder).as_posix().removesuffix(_SUFFIX)


def _size(blob: Path) -> int:
    with gzip.open(blob, "rb") as file:
        return file.seek(0, os.SEEK_END)


def _expand(blob: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(blob, "rb") as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    return target
