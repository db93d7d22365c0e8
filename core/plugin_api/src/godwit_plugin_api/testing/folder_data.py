"""Data access over a folder: what a runner offers to transformers, in its smallest form."""

import hashlib
import shutil
from itertools import count
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from godwitidl.rules.digest import tree_digest

from godwit_plugin_api.errors import DataError


class FolderData:
    """A `DataAccess` that keeps everything below one folder, as `file` uris. What was published is counted."""

    def __init__(self, folder: Path) -> None:
        """Keep below *folder*, which exists."""
        self._folder = folder
        self._number = count()
        self.published: list[str] = []
        """Uris of what was published, in order."""

    def create(self, name: str) -> Path:
        """Return a new path; see `DataAccess`."""
        return self._new_folder("new") / name

    def publish(self, path: Path) -> tuple[str, int, str]:
        """Copy the file or folder; see `DataAccess`."""
        if not path.exists():
            raise DataError(f"There is no file or folder {path}.", code="BLOB_MISSING")
        target = self._new_folder("published") / path.name
        if path.is_dir():
            shutil.copytree(path, target)
            files = sorted(file for file in target.rglob("*") if file.is_file())
            digest = tree_digest((file.relative_to(target).as_posix(), _file_digest(file)) for file in files)
            size = sum(file.stat().st_size for file in files)
        else:
            shutil.copyfile(path, target)
            digest, size = _file_digest(target), target.stat().st_size
        return self._announce(target), size, digest

    def publish_with_digest(self, path: Path, digest: str, size: int) -> str:
        """Copy the file, and hold its digest and size against the ones told; see `DataAccess`."""
        uri, real_size, real_digest = self.publish(path)
        if (real_size, real_digest) != (size, digest):
            raise AssertionError(f"{path} has {real_size} bytes and {real_digest}, not {size} and {digest}")
        return uri

    def local(self, uri: str) -> Path:
        """Return the path of *uri*; see `DataAccess`."""
        path = Path(unquote(uri.removeprefix("file://")))
        if not path.exists():
            raise DataError(f"There is nothing at {uri}.", code="BLOB_MISSING")
        return path

    def open(self, uri: str) -> BinaryIO:
        """Open the file at *uri*; see `DataAccess`."""
        return self.local(uri).open("rb")

    def _new_folder(self, kind: str) -> Path:
        folder = self._folder / f"{kind}-{next(self._number)}"
        folder.mkdir(parents=True)
        return folder

    def _announce(self, path: Path) -> str:
        uri = path.absolute().as_uri()
        self.published.append(uri)
        return uri


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
