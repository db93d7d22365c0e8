"""Values that are stored elsewhere, read by the engine where a workflow asks for a part of one."""

from urllib.parse import urlsplit

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.values_pb2 import DataRef, Literal
from godwitidl.rules.offloading import OffloadingError, decode_offloaded


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
        persistence = self._registry.create(Kind.PERSISTENCE, urlsplit(reference.uri).scheme)
        with persistence.open(reference.uri) as stream:
            stored = stream.read()
        try:
            literal = decode_offloaded(reference, stored)
        except OffloadingError as error:
            hint = "Run the task that produced it again."
            raise DataError(f"{reference.uri} {error}.", hint=hint, code="DATA_CORRUPT") from None
        self._last = (reference.digest, literal)
        return literal
