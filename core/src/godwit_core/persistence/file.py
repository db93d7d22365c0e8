"""Blobs as files and folders of this host: scheme `file`."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from godwit_plugin_api.errors import DataError, InvalidInput

_PREFIX = "file://"
_UNFINISHED = ".godwit-unfinished-"


def path_of(uri: str) -> Path:
    """Return the path that *uri* names.

    Raises:
        InvalidInput: it is no `file` uri of this host with an absolute path.
    """
    path = unquote(uri[len(_PREFIX) :])
    if not uri.startswith(_PREFIX) or not path.startswith("/") or "\0" in path:
        raise InvalidInput(f"A uri of the form file:///absolute/path was expected, not {uri!r}.")
    return Path(path)


def uri_of(path: Path) -> str:
    """Return the uri of *path*, which is made absolute; symbolic links are left as they are."""
    return path.absolute().as_uri()


class FilePersistence:
    """Keeps blobs as read-only files at the very path that their uri names.

    A blob comes into place by a rename, so that it is there as a whole or not at all. Where the source lies on the same
    file system, it is the source that is renamed, and nothing is copied.
    """

    def __init__(self, *, durable: bool = False) -> None:
        """Keep blobs such that they survive the end of any process; with *durable*, the loss of power too."""
        self._durable = durable

    def put_file(self, source: Path, uri: str) -> None:
        """Store a file; see `Persistence`."""
        with _translated("store", uri):
            target = path_of(uri)
            made = _make_folder(target.parent)
            _take_file(source, target, durable=self._durable)
            if self._durable:
                _sync_folders([target.parent, *made])

    def put_directory(self, source: Path, uri: str) -> None:
        """Store a folder; see `Persistence`. What symbolic links below it lead to is stored in their place."""
        with _translated("store", uri):
            target = path_of(uri)
            made = _make_folder(target.parent)
            partial = target.with_name(_unfinished_name(target.name))
            try:
                folders = _take_tree(source, partial, durable=self._durable)
                _replace_folder(partial, target)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
            if self._durable:
                moved = [target / folder.relative_to(partial) for folder in folders]
                _sync_folders([*moved, target.parent, *made])

    def open(self, uri: str) -> BinaryIO:
        """Open a blob; see `Persistence`."""
        with _translated("open", uri):
            return path_of(uri).open("rb")

    def get(self, uri: str, target: Path) -> Path:  # noqa: ARG002 - what is local is never copied
        """Return the blob's own path; see `Persistence`."""
        with _translated("read", uri):
            path = path_of(uri)
            path.stat()
            return path

    def exists(self, uri: str) -> bool:
        """Return whether anything is there; see `Persistence`."""
        with _translated("look for", uri):
            path = path_of(uri)
            return path.is_file() or (path.is_dir() and next(_files(path), None) is not None)

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Yield the blobs below *uri*; see `Persistence`."""
        with _translated("list", uri):
            path = path_of(uri)
            found = [(file.relative_to(path).as_posix(), file.stat().st_size) for file in _files(path)]
        yield from sorted(found)

    def delete(self, uri: str) -> None:
        """Delete what is there; see `Persistence`."""
        with _translated("delete", uri):
            path = path_of(uri)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def _translated(verb: str, uri: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"Could not {verb} {uri}: there is no {error.filename}.", code="BLOB_MISSING") from error
    except IsADirectoryError as error:
        raise DataError(f"Could not {verb} {uri}: it is a folder, not a file.", code="BLOB_MISSING") from error
    except OSError as error:
        hint = "Check free space and permissions of the folder."
        raise DataError(f"Could not {verb} {uri}: {error.strerror or error}.", hint=hint, code="BLOB_STORE") from error


def _files(folder: Path) -> Iterator[Path]:
    """Yield the finished files below *folder*, in any order."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(_UNFINISHED)]
        yield from (Path(parent, name) for name in names if not name.startswith(_UNFINISHED))


def _unfinished_name(name: str) -> str:
    return f"{_UNFINISHED}{os.urandom(8).hex()}-{name}"[:200]


def _make_folder(folder: Path) -> "list[Path]":
    """Make *folder*; return the folders whose entries changed by it."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
    return [path.parent for path in missing]


def _take_file(source: Path, target: Path, *, durable: bool) -> None:
    """Bring *source* to *target*: by a rename where possible, else as a copy that is renamed."""
    if source.is_symlink():
        source = source.resolve(strict=True)
        movable = False
    else:
        movable = source.stat().st_dev == target.parent.stat().st_dev
    if not movable:
        partial = target.with_name(_unfinished_name(target.name))
        try:
            shutil.copyfile(source, partial)
            _finish_file(partial, target, durable=durable)
        finally:
            partial.unlink(missing_ok=True)
    else:
        _finish_file(source, target, durable=durable)


def _finish_file(source: Path, target: Path, *, durable: bool) -> None:
    if not source.is_file():
        raise IsADirectoryError(21, "Is a directory", str(source))
    source.chmod(source.stat().st_mode & ~0o222)
    if durable:
        with source.open("rb") as file:
            os.fsync(file.fileno())
    source.replace(target)


def _take_tree(source: Path, target: Path, *, durable: bool) -> "list[Path]":
    """Bring the files below *source* to *target*; return the folders made."""
    target.mkdir()
    folders = [target]
    for parent, names, files in os.walk(source, followlinks=True, onerror=_raise):
        here = target / Path(parent).relative_to(source)
        for name in sorted(names):
            folder = here / name
            folder.mkdir()
            folders.append(folder)
        for name in sorted(files):
            _take_file(Path(parent, name), here / name, durable=durable)
    return folders


def _raise(error: OSError) -> None:
    raise error


def _replace_folder(source: Path, target: Path) -> None:
    """Rename *source* to *target*. A blob is written once: what is there already came from a try before, and goes."""
    try:
        source.replace(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(target)
        source.replace(target)


def _sync_folders(folders: "list[Path]") -> None:
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
