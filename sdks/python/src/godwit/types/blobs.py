"""Codecs of files and folders."""

import os
import typing
from pathlib import Path
from typing import Any

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import DirectoryType, FileType, Literal, Type

from godwit.files import Directory, File, Format, StoredBlob
from godwit.types.codec import CONVERTIBLE, EXACT, NO_MATCH, Codec
from godwit.types.errors import UnsupportedType, ValueMismatch, show_annotation


def blob_codec(cls: type[File | Directory], annotation: Any) -> Codec:
    """Return the codec of `File`, `File["csv"]`, `Annotated[File, Format("csv")]`, and the same of `Directory`.

    Raises:
        UnsupportedType: its format is no text.
    """
    name = _format(annotation)
    return FileCodec(cls, name) if issubclass(cls, File) else DirectoryCodec(cls, name)


def _format(annotation: Any) -> str:
    if typing.get_origin(annotation) is typing.Annotated:
        for item in annotation.__metadata__:
            if isinstance(item, Format):
                return item.name
        return _format(annotation.__origin__)
    arguments = typing.get_args(annotation)
    if not arguments:
        return ""
    name = arguments[0].__forward_arg__ if isinstance(arguments[0], typing.ForwardRef) else arguments[0]
    if len(arguments) != 1 or not isinstance(name, str):
        raise UnsupportedType(f"{show_annotation(annotation)}: a format is a text.", hint='Write File["csv"].')
    return name


class _BlobCodec(Codec):
    __slots__ = ("_class", "_format")

    def __init__(self, type_: Type, kind: str, cls: type[File | Directory], format_name: str) -> None:
        super().__init__(type_, kind)
        self._class = cls
        self._format = format_name

    def rank(self, value: Any) -> int:
        if isinstance(value, self._class):
            return EXACT if not self._format or value.format in {"", self._format} else NO_MATCH
        return CONVERTIBLE if isinstance(value, Path) else NO_MATCH

    def taken(self, value: Any) -> Any:
        """Return *value* as a blob of a fitting format."""
        blob = self._class(value) if isinstance(value, Path) else value
        if self.rank(blob) == NO_MATCH:
            hint = (
                "Its format is another." if isinstance(value, self._class) else f"Return {self._class.__name__}(path)."
            )
            raise self.unfit(value, hint=hint)
        return blob

    def check_format(self, stored: str) -> None:
        """Check the format of what is read; one without a format may be of any."""
        if self._format and stored not in {"", self._format}:
            raise ValueMismatch(f"format {self._format!r}", f"format {stored!r}")


class FileCodec(_BlobCodec):
    """`File`."""

    __slots__ = ()

    def __init__(self, cls: type[File | Directory], format_name: str) -> None:
        super().__init__(Type(file=FileType(format=format_name)), "file", cls, format_name)

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        file = self.taken(value)
        stored = file.stored
        if stored is None:
            if file.path.is_dir():
                raise ValueMismatch("a file", f"{file.path}, where there is none but a folder")
            stored = _publish(file.path, data, "a file")
        target = literal.file
        target.uri, target.digest = stored.uri, stored.digest
        target.format = file.format or self._format
        if stored.size_bytes is not None:
            target.size_bytes = stored.size_bytes
        try:
            target.name = file.name
        except ValueError:
            raise self.unfit(value, hint="Its name is no Unicode text: pass name=.") from None

    def read(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        stored = literal.file
        self.check_format(stored.format)
        size = stored.size_bytes if stored.HasField("size_bytes") else None
        blob = StoredBlob(stored.uri, data, size, stored.digest)
        return self._class.at(blob, name=stored.name, format=stored.format)


class DirectoryCodec(_BlobCodec):
    """`Directory`."""

    __slots__ = ()

    def __init__(self, cls: type[File | Directory], format_name: str) -> None:
        super().__init__(Type(directory=DirectoryType(format=format_name)), "directory", cls, format_name)

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        folder = self.taken(value)
        stored = folder.stored
        target = literal.directory
        if stored is None:
            if folder.path.is_file():
                raise ValueMismatch("a folder", f"{folder.path}, where there is none but a file")
            target.file_count = sum(len(files) for _, _, files in os.walk(folder.path))
            stored = _publish(folder.path, data, "a folder")
        elif stored.file_count is not None:
            target.file_count = stored.file_count
        target.uri, target.digest = stored.uri, stored.digest
        target.format = folder.format or self._format
        if stored.size_bytes is not None:
            target.size_bytes = stored.size_bytes

    def read(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        stored = literal.directory
        self.check_format(stored.format)
        size = stored.size_bytes if stored.HasField("size_bytes") else None
        count = stored.file_count if stored.HasField("file_count") else None
        return self._class.at(StoredBlob(stored.uri, data, size, stored.digest, count), format=stored.format)


def _publish(path: Path, data: DataAccess, expected: str) -> StoredBlob:
    try:
        uri, size, digest = data.publish(path)
    except DataError:
        if path.exists():
            raise
        raise ValueMismatch(expected, f"{path}, where there is none", hint="Write it before returning it.") from None
    return StoredBlob(uri, data, size, digest)
