"""Values that pass through Ray's memory: what one resident has stored, another reads without fetching it.

Everything is stored as usual as well. What lies in files of a machine is read from there: only objects of stores that
are far away are worth keeping near.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from godwit.runner.session import Session
from godwit_plugin_api.persistence import Persistence
from godwit_plugin_api.registry import PluginRegistry

MOST_BYTES: Final = 256 * 2**20
"""What is larger is read from where it is stored."""


class ObjectStore(Protocol):
    """Ray's memory, as residents use it."""

    def keep(self, uri: str, content: bytes) -> None:
        """Keep what was stored at *uri*."""

    def find(self, uri: str) -> bytes | None:
        """Return what is kept of *uri*; None: nothing."""


class NearPersistence:
    """A `Persistence` whose blobs are kept in memory, too. It does all else as the one that it wraps."""

    def __init__(self, far: Persistence, objects: ObjectStore) -> None:
        self._far = far
        self._objects = objects

    def put_file(self, source: Path, uri: str) -> None:
        """Store a file, and keep it."""
        # Storing it may move it away.
        content = source.read_bytes() if source.stat().st_size <= MOST_BYTES else None
        self._far.put_file(source, uri)
        if content is not None:
            self._objects.keep(uri, content)

    def put_directory(self, source: Path, uri: str) -> None:
        """Store the files below a folder."""
        self._far.put_directory(source, uri)

    def open(self, uri: str) -> BinaryIO:
        """Open a blob."""
        kept = self._objects.find(uri)
        return self._far.open(uri) if kept is None else io.BytesIO(kept)

    def get(self, uri: str, target: Path) -> Path:
        """Copy a blob or tree to *target*."""
        kept = self._objects.find(uri)
        if kept is None:
            return self._far.get(uri, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(kept)
        return target

    def exists(self, uri: str) -> bool:
        """Return whether a blob or tree is there."""
        return self._far.exists(uri)

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Yield the blobs below *uri*."""
        return self._far.list(uri)

    def delete(self, uri: str) -> None:
        """Delete a blob or tree."""
        self._far.delete(uri)


class SharedSession(Session):
    """What a runner keeps from one attempt to the next; blobs of far stores are looked for in *objects* first."""

    def __init__(
        self, plugins: Callable[[], PluginRegistry], *, durable: bool, objects: ObjectStore | None = None
    ) -> None:
        super().__init__(plugins, durable=durable)
        self._objects = objects
        self._near: dict[str, Persistence] = {}

    def persistence(self, scheme: str) -> Persistence:
        """Return the persistence of a uri scheme.

        Raises:
            PluginError: no plugin has it, or it cannot be loaded.
        """
        if self._objects is None or scheme == "file":
            return super().persistence(scheme)
        if scheme not in self._near:
            self._near[scheme] = NearPersistence(super().persistence(scheme), self._objects)
        return self._near[scheme]


def uris_in(message: Any) -> Iterator[str]:
    """Yield the uris that a message of literals refers to."""
    for field, value in message.ListFields():
        if field.name == "uri":
            yield value
        elif field.message_type is not None:
            parts = value.values() if isinstance(value, Mapping) else value if _is_many(value) else (value,)
            for part in parts:
                if hasattr(part, "ListFields"):
                    yield from uris_in(part)


def _is_many(value: Any) -> bool:
    return not hasattr(value, "ListFields")
