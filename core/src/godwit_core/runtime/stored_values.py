"""Values that are stored elsewhere, read by the engine where a workflow asks for a part of one."""

import sqlite3
from array import array
from collections.abc import Sequence
from typing import overload
from urllib.parse import urlsplit

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.values_pb2 import DataRef, Literal
from godwitidl.rules.offloading import OffloadingError, decode_offloaded, decode_offsets

from godwit_core.engine.maps import encoded_items
from godwit_core.engine.state import Values
from godwit_core.store import nodes, packing


class StoredValues:
    """Reads offloaded values through the persistence plugins. Keeps the last one: several parts may be asked for."""

    def __init__(self, registry: PluginRegistry) -> None:
        self._registry = registry
        self._last: tuple[bytes, Literal] | None = None

    def load(self, reference: DataRef) -> Literal:
        """Return the value that *reference* stands for.

        Raises:
            DataError: it is not there, or it is damaged.
        """
        if self._last is not None and self._last[0] == reference.digest:
            return self._last[1]
        stored = self._read(reference)
        try:
            literal = decode_offloaded(reference, stored)
        except OffloadingError as error:
            hint = "Run the task that produced it again."
            raise DataError(f"{reference.uri} {error}.", hint=hint, code="DATA_CORRUPT") from None
        self._last = (reference.digest, literal)
        return literal

    def items(self, reference: DataRef) -> Sequence[bytes]:
        """Return the encoded items of the list that *reference* stands for, cut out when they are asked for.

        Raises:
            DataError: it is not there, damaged, or no list.
        """
        if not reference.HasField("index"):
            return encoded_items(self.load(reference))
        stored = self._read(reference)
        if len(stored) != reference.size_bytes:
            told = f"{reference.uri} has {len(stored)} bytes, not {reference.size_bytes}."
            raise DataError(told, code="DATA_CORRUPT")
        try:
            offsets = decode_offsets(stored[reference.index.footer_offset :], reference.item_count + 1)
        except OffloadingError as error:
            raise DataError(f"{reference.uri} {error}.", code="DATA_CORRUPT") from None
        return _Items(stored, offsets)

    def _read(self, reference: DataRef) -> bytes:
        persistence = self._registry.create(Kind.PERSISTENCE, urlsplit(reference.uri).scheme)
        with persistence.open(reference.uri) as stream:
            return bytes(stream.read())


def stored_outputs(connection: sqlite3.Connection, execution: int, node: int) -> Values:
    """Return the outputs that a node has in its row."""
    packed = nodes.outputs(connection, execution, node)
    assert packed is not None, "it has succeeded"
    return packing.unpack(packed)


class _Items(Sequence[bytes]):
    """Items of a stored list, between their offsets."""

    def __init__(self, stored: bytes, offsets: "array[int]") -> None:
        self._stored = stored
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        return self._stored[self._offsets[index] : self._offsets[index + 1]]
