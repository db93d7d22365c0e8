"""Digests of files, taken while they are written or read, so that no byte is read for its digest alone."""

import hashlib
from pathlib import Path
from typing import IO, Any, Self

from godwit_plugin_api.transformer import DataAccess

from godwit.types.errors import DataCorrupt

_PREFIX = "sha256:"


class DigestingSink:
    """A stream to write to that keeps the digest and size of what went through. Not seekable.

    Use as a context manager; the stream below is left open.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.size = 0
        self.closed = False

    @property
    def digest(self) -> str:
        """Digest of what was written so far."""
        return _PREFIX + self._hash.hexdigest()

    def write(self, content: Any) -> int:
        """Write bytes, or anything with their buffer."""
        self._stream.write(content)
        self._hash.update(content)
        written = memoryview(content).nbytes
        self.size += written
        return written

    def tell(self) -> int:
        """Return the position: writers ask where they are."""
        return self.size

    def flush(self) -> None:
        """Flush the stream below."""
        self._stream.flush()

    def readable(self) -> bool:
        """No."""
        return False

    def seekable(self) -> bool:
        """No: what was written is in the digest already."""
        return False

    def writable(self) -> bool:
        """Yes."""
        return True

    def close(self) -> None:
        """End; the stream below stays open."""
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_verified(uri: str, digest: str, data: DataAccess) -> bytes:
    """Return the bytes at *uri*, whose digest is *digest*; empty: unknown, and not checked.

    Raises:
        DataCorrupt: their digest is another.
        DataError: they cannot be read.
    """
    with data.open(uri) as stream:
        content = stream.read()
    if digest and _PREFIX + hashlib.sha256(content).hexdigest() != digest:
        raise DataCorrupt(f"{uri} has another content than it was stored with", hint="Run its producer again.")
    return content


def verify_file(path: Path, uri: str, digest: str) -> None:
    """Check that the file at *path*, stored at *uri*, has *digest*; empty: unknown, and not checked.

    Raises:
        DataCorrupt: it has another.
        OSError: it cannot be read.
    """
    if not digest:
        return
    with path.open("rb") as stream:
        came = _PREFIX + hashlib.file_digest(stream, "sha256").hexdigest()
    if came != digest:
        raise DataCorrupt(f"{uri} has another content than it was stored with", hint="Run its producer again.")
