"""What persistence is: where values above the inline limit, files and tables are kept. One plugin per uri scheme."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol


class Persistence(Protocol):
    """A store of blobs. Its key is the uri scheme: `file`, `s3`. Blobs are immutable: a uri is written once.

    Every method raises `DataError`, with code `BLOB_MISSING` where a blob is not there, and `BLOB_STORE` for any other
    failure; the message names the uri. Instances are used from one thread at a time.
    """

    def put_file(self, source: Path, uri: str) -> None:
        """Store the file *source* as *uri*, atomically: a reader sees all of it or nothing. May move *source* away."""

    def put_directory(self, source: Path, uri: str) -> None:
        """Store the files below *source*, recursively, as blobs below *uri*. May move *source* away."""

    def open(self, uri: str) -> BinaryIO:
        """Open a blob for reading; seekable, so that ranges are read without the rest."""

    def get(self, uri: str, target: Path) -> Path:
        """Return a local path of the blob or tree at *uri*: its own where it is local, else a copy at *target*.

        What is returned must not be written to.
        """

    def exists(self, uri: str) -> bool:
        """Return whether a blob is at *uri*, or any below it."""

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Yield path relative to *uri*, with forward slashes, and size in bytes, of each blob below it, sorted."""

    def delete(self, uri: str) -> None:
        """Delete the blob at *uri*, or all below it. Idempotent."""
