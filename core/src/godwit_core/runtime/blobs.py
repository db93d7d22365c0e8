"""Whether what values refer to is where they say."""

from urllib.parse import urlsplit

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry


def is_there(registry: PluginRegistry, uri: str) -> bool:
    """Return whether a blob exists; not where that cannot be told."""
    try:
        return bool(registry.create(Kind.PERSISTENCE, urlsplit(uri).scheme or "file").exists(uri))
    except DataError:
        return False
