"""The data access of a running task: files and large values, kept by the persistence plugin of a uri's scheme."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote, urlsplit

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.persistence import Persistence
from godwitidl.rules.digest import tree_digest

PersistenceOfScheme = Callable[[str], Persistence]

_SCRATCH: Final = ".scratch"
_BLOCK_BYTES: Final = 1 << 20


class StoredData:
    """Keeps what one attempt makes below one uri, and reads from any. See `DataAccess`.

    Folders are made on first use, so that an attempt that keeps nothing leaves nothing.

    Args:
        prefix: uri under which everything is kept.
        persistence: gives the persistence of a uri scheme; may raise PluginError.
    """

    __slots__ = ("_made", "_persistence", "_prefix", "_scratch", "_stored")

    def __init__(self, prefix: str, persistence: PersistenceOfScheme) -> None:
        self._prefix = prefix.rstrip("/")
        self._persistence = persistence
        self._scratch: Path | None = None
        self._made = 0
        self._stored: dict[Path, tuple[str, int, str]] = {}

    def create(self, name: str) -> Path:  # noqa: D102 - see DataAccess
        self._made += 1
        folder = self._scratch_folder() / str(self._made)
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise _unstorable(folder, error) from error
        return folder / name

    def publish(self, path: Path) -> tuple[str, int, str]:  # noqa: D102 - see DataAccess
        path = path.absolute()
        known = self._stored.get(path)
        if known is not None:
            # Returned by two outputs: it was moved away with the first.
            return known
        try:
            source = path if self._is_own(path) else self._copy(path)
            size, digest = _measure_tree(source) if source.is_dir() else _measure_file(source)
        except OSError as error:
            raise _unstorable(path, error) from error
        uri = self._uri_of(source)
        persistence = self._persistence(_scheme(uri))
        (persistence.put_directory if source.is_dir() else persistence.put_file)(source, uri)
        self._stored[path] = (uri, size, digest)
        return uri, size, digest

    def publish_with_digest(self, path: Path, digest: str, size: int) -> str:  # noqa: D102 - see DataAccess
        path = path.absolute()
        if not self._is_own(path):
            return self.publish(path)[0]
        uri = self._uri_of(path)
        self._persistence(_scheme(uri)).put_file(path, uri)
        self._stored[path] = (uri, size, digest)
        return uri

    def local(self, uri: str) -> Path:  # noqa: D102 - see DataAccess
        persistence = self._persistence(_scheme(uri))
        target = self._scratch_folder() / "inputs" / hashlib.sha256(uri.encode()).hexdigest()[:32]
        return persistence.get(uri, target / (unquote(uri.rsplit("/", 1)[-1]) or "data"))

    def open(self, uri: str) -> BinaryIO:  # noqa: D102 - see DataAccess
        return self._persistence(_scheme(uri)).open(uri)

    def clear(self) -> None:
        """Remove what was created but not published, and what was brought here."""
        if self._scratch is not None:
            import shutil  # noqa: PLC0415 - as in `_copy`

            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def _scratch_folder(self) -> Path:
        if self._scratch is None:
            # Beside its final place, so that keeping a file is a rename.
            if self._prefix.startswith("file://"):
                # Several processes may work on one attempt, and one that was killed has left its own.
                self._scratch = local_path(self._prefix) / f"{_SCRATCH}-{os.urandom(6).hex()}"
            else:
                import tempfile  # noqa: PLC0415 - as in `_copy`

                self._scratch = Path(tempfile.mkdtemp(prefix="godwit-"))
        return self._scratch

    def _is_own(self, path: Path) -> bool:
        return self._scratch is not None and path.is_relative_to(self._scratch)

    def _uri_of(self, path: Path) -> str:
        assert self._scratch is not None
        relative = path.relative_to(self._scratch)
        return f"{self._prefix}/{Path('/', relative).as_uri().removeprefix('file:///')}"

    def _copy(self, path: Path) -> Path:
        import shutil  # noqa: PLC0415 - few attempts keep files, and it costs every runner's start 3 ms

        copy = self.create(path.name)
        if path.is_dir():
            shutil.copytree(path, copy)
        else:
            shutil.copyfile(path, copy)
        return copy


def local_path(uri: str) -> Path:
    """Return the path that a `file:` uri of this host names."""
    return Path(unquote(uri.removeprefix("file://")))


def _measure_file(path: Path) -> tuple[int, str]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return path.stat().st_size, f"sha256:{digest}"


def _measure_tree(folder: Path) -> tuple[int, str]:
    total = 0
    entries = []
    for parent, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = Path(parent, name)
            size, digest = _measure_file(path)
            total += size
            entries.append((path.relative_to(folder).as_posix(), digest))
    return total, tree_digest(entries)


def _scheme(uri: str) -> str:
    scheme = urlsplit(uri).scheme
    if not scheme:
        raise DataError(f"Expected a uri with a scheme, got {uri!r}.", code="BLOB_MISSING")
    return scheme


def _unstorable(path: Path, error: OSError) -> DataError:
    reason = error.strerror or str(error)
    return DataError(f"Could not store {path}: {reason}.", hint="Check free space and permissions.", code="BLOB_STORE")
