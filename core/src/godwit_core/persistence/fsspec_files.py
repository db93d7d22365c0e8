"""Blobs at whatever fsspec reaches: `hdfs`, `webhdfs`, `sftp`, `ftp`, `smb`, `dbfs`, `memory`.

fsspec and the library of the scheme must be installed. Settings come from fsspec's own configuration: files below
`~/.config/fsspec`, or variables as `FSSPEC_SFTP_HOST`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote
from uuid import uuid4

import fsspec
from godwit_plugin_api.errors import DataError


class FsspecPersistence:
    """Keeps blobs as files of a file system of fsspec.

    A file is written beside its place and moved there, so it is there as a whole or not at all, as far as the file
    system moves atomically.
    """

    def __init__(self, *, durable: bool = False) -> None:
        """Take *durable* as every persistence does; what it means is up to the file system."""
        del durable

    def put_file(self, source: Path, uri: str) -> None:
        """Store a file; see `Persistence`."""
        files, path = _place(uri)
        with _translated("store", uri):
            _put(files, source, path)

    def put_directory(self, source: Path, uri: str) -> None:
        """Store a folder; see `Persistence`."""
        files, path = _place(uri)
        with _translated("store", uri):
            if not source.is_dir():
                raise FileNotFoundError(source)
            left = {name for name, _ in self.list(uri)}
            for parent, _, names in os.walk(source, followlinks=True):
                for name in names:
                    file = Path(parent, name)
                    relative = file.relative_to(source).as_posix()
                    _put(files, file, f"{path}/{relative}")
                    left.discard(relative)
            for name in left:
                files.rm_file(f"{path}/{name}")

    def open(self, uri: str) -> BinaryIO:
        """Open a blob; see `Persistence`."""
        files, path = _place(uri)
        with _translated("open", uri):
            return cast("BinaryIO", files.open(path, "rb"))

    def get(self, uri: str, target: Path) -> Path:
        """Copy a blob or tree to *target*; see `Persistence`."""
        files, path = _place(uri)
        with _translated("read", uri):
            if files.isfile(path):
                _bring(files, path, target)
                return target
            names = [name for name, _ in self.list(uri)]
            if not names:
                raise FileNotFoundError(uri)
            for name in names:
                _bring(files, f"{path}/{name}", target.joinpath(name))
            return target

    def exists(self, uri: str) -> bool:
        """Return whether anything is there; see `Persistence`."""
        files, path = _place(uri)
        with _translated("look for", uri):
            return bool(files.isfile(path)) or next(self.list(uri), None) is not None

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Yield the blobs below *uri*; see `Persistence`."""
        files, path = _place(uri)
        with _translated("list", uri):
            files.invalidate_cache()
            found = files.find(path, detail=True) if files.isdir(path) else {}
        root = path.strip("/") + "/"
        yield from sorted(
            (name.lstrip("/").removeprefix(root), int(told["size"] or 0))
            for name, told in found.items()
            if ".unfinished-" not in name
        )

    def delete(self, uri: str) -> None:
        """Delete what is there; see `Persistence`."""
        files, path = _place(uri)
        with _translated("delete", uri):
            if files.isfile(path):
                files.rm_file(path)
            elif files.isdir(path):
                files.rm(path, recursive=True)


def _place(uri: str) -> tuple[Any, str]:
    with _translated("open", uri):
        files, path = fsspec.core.url_to_fs(unquote(uri))
    return files, path


def _put(files: Any, source: Path, path: str) -> None:
    folder, _, name = path.rpartition("/")
    if folder:
        files.makedirs(folder, exist_ok=True)
    unfinished = f"{folder}/.unfinished-{uuid4().hex[:8]}-{name[:100]}"
    with source.open("rb") as read, files.open(unfinished, "wb") as written:
        shutil.copyfileobj(read, written, 1 << 20)
    if files.isfile(path):
        files.rm_file(path)
    _move(files, unfinished, path)


def _move(files: Any, source: str, target: str) -> None:
    """Move a file. The general way of fsspec takes `?` and `*` in names for patterns; its parts do not."""
    if type(files).mv is not fsspec.AbstractFileSystem.mv:
        files.mv(source, target)
    else:
        files.cp_file(source, target)
        files.rm_file(source)


def _bring(files: Any, path: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name[:100]}.unfinished")
    with files.open(path, "rb") as read, partial.open("wb") as written:
        shutil.copyfileobj(read, written, 1 << 20)
    partial.replace(target)


@contextmanager
def _translated(verb: str, uri: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise DataError(f"Could not {verb} {uri}: it is not there.", code="BLOB_MISSING") from error
    except ImportError as error:
        hint = "Install the library that fsspec uses for this scheme."
        raise DataError(f"Could not {verb} {uri}: {error}", hint=hint, code="BLOB_STORE") from error
    except (OSError, ValueError) as error:
        hint = "Check fsspec's settings of this scheme, and the network."
        raise DataError(f"Could not {verb} {uri}: {error}", hint=hint, code="BLOB_STORE") from error
