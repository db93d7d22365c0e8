"""Files and folders as values of tasks: passed by reference, read lazily, streamed.

A task makes one from a path, or asks for a new path to write to. What a task is given may lie in a remote store: `path`
brings it here first, `open` reads it as a stream.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from types import GenericAlias
from typing import IO, Any, BinaryIO, NamedTuple, Protocol, Self

from godwit_plugin_api.errors import InvalidInput

from godwit.context import find_context
from godwit.immutable import Immutable


class BlobSource(Protocol):
    """Where stored files are read from."""

    def local(self, uri: str) -> Path:
        """Return a local path of what is at *uri*; it must not be written to."""

    def open(self, uri: str) -> BinaryIO:
        """Open the file at *uri* for reading."""


class Format(Immutable):
    """The format of a file or folder: `Annotated[File, Format("csv")]`.

    Attributes:
        name: an extension without its dot, or a dotted name: `csv`, `tar.gz`, `acme.index`.
    """

    name: str


class StoredBlob(NamedTuple):
    """Where a file or folder is stored, and what is known of it.

    Attributes:
        uri: where it is.
        source: reads it.
        size_bytes: size of all of its bytes; None when unknown.
        digest: digest of its content, `sha256:…`; empty when unknown.
        file_count: number of the files of a folder; None when unknown.
    """

    uri: str
    source: BlobSource
    size_bytes: int | None = None
    digest: str = ""
    file_count: int | None = None


class _Blob:
    """What files and folders have in common."""

    __slots__ = ("_path", "format", "name", "stored")

    def __init__(self, path: str | os.PathLike[str], *, name: str = "", format: str = "") -> None:  # noqa: A002 - the word
        self._path: Path | None = Path(path).absolute()
        self.stored: StoredBlob | None = None
        self.name = name or self._path.name
        self.format = format

    def __class_getitem__(cls, format_name: str) -> GenericAlias:
        """Return the annotation of one of a format: `File["csv"]`. Typed: `Annotated[File, Format("csv")]`."""
        return GenericAlias(cls, (format_name,))

    @classmethod
    def new(cls, name: str, *, format: str = "") -> Self:  # noqa: A002 - the word
        """Return one called *name* that is not there yet: write it at its `path`.

        In a task the path is where its outputs are kept; elsewhere it lies in a new temporary folder.
        """
        if name in {"", ".", ".."} or Path(name).name != name:
            raise InvalidInput(f"Expected a name without folders, got {name!r}.", code="INVALID_NAME")
        context = find_context()
        return cls(context.create(name) if context is not None else _temporary_folder() / name, format=format)

    @classmethod
    def at(cls, stored: StoredBlob, *, name: str = "", format: str = "") -> Self:  # noqa: A002 - the word
        """Return one that is stored already."""
        blob = cls.__new__(cls)
        blob._path = None  # noqa: SLF001 - its own class
        blob.stored = stored
        blob.name = name
        blob.format = format
        return blob

    @property
    def path(self) -> Path:
        """A local path, brought here first if need be. What was given to a task must not be written to.

        Raises:
            DataError: it is not where it is said to be.
        """
        if self._path is None:
            assert self.stored is not None
            self._path = self.stored.source.local(self.stored.uri)
        return self._path

    @property
    def uri(self) -> str:
        """Where it is stored; of one that is not stored yet, its path as a `file:` uri."""
        return self.stored.uri if self.stored is not None else self.path.as_uri()

    @property
    def digest(self) -> str:
        """Digest of its content, `sha256:` and 64 digits; empty while it is not stored, or unknown."""
        return self.stored.digest if self.stored is not None else ""

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.stored.uri if self.stored is not None else str(self._path)!r})"


class File(_Blob):
    """A file. `File("report.html")` is one that is there; `File.new("report.html")` one to write.

    Args:
        path: where it is.
        name: its name for readers; the path's last part by default.
        format: an extension without its dot, or a dotted name; empty: any.
    """

    __slots__ = ()

    @property
    def size_bytes(self) -> int | None:
        """Size in bytes; None when unknown."""
        if self.stored is not None and self.stored.size_bytes is not None:
            return self.stored.size_bytes
        return self.path.stat().st_size

    def open(self, mode: str = "rb", *, encoding: str = "utf-8", newline: str | None = None) -> IO[Any]:
        """Open it: as a stream from where it is stored for reading, at its path for writing.

        Raises:
            InvalidInput: a mode for writing, of a file that is stored already.
            DataError: it is not where it is said to be.
        """
        text = "b" not in mode
        if self.stored is None or self._path is not None:
            if self.stored is not None and mode.strip("bt") != "r":
                raise _read_only(self)
            return self.path.open(mode, encoding=encoding if text else None, newline=newline if text else None)
        if mode.strip("bt") != "r":
            raise _read_only(self)
        stream = self.stored.source.open(self.stored.uri)
        return io.TextIOWrapper(stream, encoding=encoding, newline=newline) if text else stream

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return its whole text."""
        with self.open("r", encoding=encoding) as stream:
            text: str = stream.read()
        return text

    def read_bytes(self) -> bytes:
        """Return all of its bytes."""
        with self.open("rb") as stream:
            content: bytes = stream.read()
        return content


class Directory(_Blob):
    """A folder with its files and sub-folders. `Directory("model")` is one that is there; `Directory.new` one to fill.

    Args:
        path: where it is.
        name: its name for people; the path's last part by default. No part of the value.
        format: a dotted name for its content as a whole; empty: any.
    """

    __slots__ = ()

    @classmethod
    def new(cls, name: str = "folder", *, format: str = "") -> Self:  # noqa: A002 - the word
        """Return an empty folder to fill, as `File.new` does a file; it exists already."""
        directory = super().new(name, format=format)
        directory.path.mkdir()
        return directory

    def __iter__(self) -> Iterator[Path]:
        """Yield the paths of all files below it, sorted, relative to it."""
        root = self.path
        return iter(sorted(item.relative_to(root) for item in root.rglob("*") if item.is_file()))

    def __truediv__(self, relative: str | os.PathLike[str]) -> Path:
        return self.path / relative


def _temporary_folder() -> Path:
    import tempfile  # noqa: PLC0415 - needed outside of tasks only, and costs every runner's start 5 ms

    return Path(tempfile.mkdtemp(prefix="godwit-"))


def _read_only(file: File) -> InvalidInput:
    return InvalidInput(
        f"{file!r} is stored already and cannot be written to.",
        hint="Write a new one: File.new(name).",
        code="FILE_READ_ONLY",
    )
