"""Asking the cache: a hit only if the result is young enough, and every blob that it refers to is there, undamaged."""

import sqlite3

from godwit_plugin_api.registry import PluginRegistry

from godwit_core.engine.state import Node, Values
from godwit_core.runtime import blobs
from godwit_core.store import cache, packing


class CachedValues:
    """The cache, as one engine sees it."""

    def __init__(self, connection: sqlite3.Connection, registry: PluginRegistry) -> None:
        self._connection = connection
        self._registry = registry

    def find(self, node: Node) -> Values | None:
        """Return the outputs under the node's key; None when there are none that can be used."""
        row = cache.find(self._connection, node.cache_key)
        if row is None:
            return None
        task = node.plan.task
        assert task is not None, "only tasks are cached"
        assert task.cache is not None, "only cached tasks are looked up"
        lifetime = task.cache.time_to_live_s
        if lifetime is not None and row.created_us + lifetime * 1e6 <= node.ready_us:
            return None
        if row.uris and not all(blobs.is_there(self._registry, uri) for uri in row.uris.split("\n")):
            return None
        outputs = packing.unpack(row.outputs)
        return None if row.uris and not blobs.are_sound(self._registry, outputs, row.created_us) else outputs
