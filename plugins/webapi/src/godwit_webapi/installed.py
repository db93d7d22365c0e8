"""What other plugins give to jobs: the values of secrets, and the stores that values are kept in."""

from collections.abc import Collection
from functools import cached_property
from typing import Any

from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.persistence import Persistence
from godwit_plugin_api.registry import PluginRegistry


class Installed:
    """The installed plugins, loaded on first use. Used from one thread at a time."""

    def __init__(self, disabled: Collection[str] = ()) -> None:
        """Leave out the plugins named *disabled*."""
        self._disabled = tuple(disabled)
        self._stores: dict[str, Any] = {}

    @cached_property
    def _registry(self) -> PluginRegistry:
        return load_plugins(disabled=self._disabled)

    def secret(self, name: str, group: str = "") -> str:
        """Return the value of a secret, asked for anew each time: secrets change.

        Raises:
            InvalidInput: nobody has it; its code is SECRET_NOT_FOUND.
            DataError: it is there and cannot be read.
        """
        for record in self._registry.records(Kind.SECRET_PROVIDER):
            value: str | None = self._registry.create(Kind.SECRET_PROVIDER, record.key).get(name, group or None)
            if value is not None:
                return value
        where = f"{group}/{name}" if group else name
        variable = "_".join(["GODWIT_SECRET", *([group] if group else []), name]).upper()
        raise InvalidInput(
            f"No provider has the secret {where!r}.",
            hint=f"Set it where the engine runs, by {variable} or as your provider keeps secrets.",
            code="SECRET_NOT_FOUND",
        )

    def store(self, uri: str) -> Persistence:
        """Return the store of *uri*.

        Raises:
            PluginError: no plugin offers its scheme.
        """
        scheme = uri.partition("://")[0]
        if scheme not in self._stores:
            self._stores[scheme] = self._registry.create(Kind.PERSISTENCE, scheme, durable=True)
        store: Persistence = self._stores[scheme]
        return store
