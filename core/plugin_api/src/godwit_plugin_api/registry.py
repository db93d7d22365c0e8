"""What the loaded plugins offer, found by kind and key."""

import importlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from godwit_plugin_api.errors import PluginError
from godwit_plugin_api.first_party import BACKENDS, LOADERS, PROGRAMS
from godwit_plugin_api.manifest import Kind, Manifest, Record

_FIRST_PARTY: Final[Mapping[Kind, Mapping[str, str]]] = MappingProxyType(
    {Kind.BACKEND: BACKENDS, Kind.PROGRAM: PROGRAMS, Kind.ENTITY_LOADER: LOADERS}
)


class Plugin(NamedTuple):
    """A loaded plugin.

    Attributes:
        manifest: what it offers.
        distribution: name of the distribution that it came from; empty when it was handed in by the program.
        version: the distribution's version; empty when unknown.
        import_s: seconds that importing its manifest took.
    """

    manifest: Manifest
    distribution: str = ""
    version: str = ""
    import_s: float = 0.0

    @property
    def label(self) -> str:
        """The plugin for messages: `godwit-spark 0.3.1 (plugin spark)`."""
        return plugin_label(self.manifest.name, self.distribution, self.version)


class Problem(NamedTuple):
    """What is wrong with a plugin that works all the same.

    Attributes:
        plugin: the plugin's name.
        message: what is wrong; names the distribution.
        hint: what to do about it.
    """

    plugin: str
    message: str
    hint: str


def plugin_label(name: str, distribution: str, version: str) -> str:
    """Return how messages call a plugin: by distribution and version, as that is what people can change."""
    if not distribution:
        return f"plugin {name}"
    return f"{distribution} {version}".rstrip() + f" (plugin {name})"


class PluginRegistry:
    """The records of the loaded plugins. Immutable; code is imported when a record is loaded, not before."""

    def __init__(
        self, plugins: Sequence[Plugin], *, problems: Sequence[Problem] = (), disabled: Sequence[str] = ()
    ) -> None:
        """Index *plugins*, whose keys are distinct; *disabled* are names of plugins that were left out."""
        self.plugins = tuple(plugins)
        self.problems = tuple(problems)
        self.disabled = tuple(disabled)
        self._index = {
            (record.kind, record.key): (record, plugin) for plugin in plugins for record in plugin.manifest.records
        }

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The manifests, in the order of the plugins."""
        return tuple(plugin.manifest for plugin in self.plugins)

    def records(self, kind: Kind) -> tuple[Record, ...]:
        """Return the records of *kind*, sorted by key."""
        found = (record for record, _ in self._index.values() if record.kind is kind)
        return tuple(sorted(found, key=lambda record: record.key))

    def find(self, kind: Kind, key: str) -> Record | None:
        """Return the record of *kind* with *key*, or None."""
        entry = self._index.get((kind, key))
        return entry[0] if entry else None

    def owner(self, kind: Kind, key: str) -> Plugin:
        """Return the plugin that offers *key*.

        Raises:
            PluginError: with code PLUGIN_UNKNOWN_KEY, nobody does; names what is close to it.
        """
        entry = self._index.get((kind, key))
        if entry is None:
            raise self._unknown(kind, key)
        return entry[1]

    def load(self, kind: Kind, key: str) -> Any:
        """Import and return the target of *key*; see `Kind` for what it is.

        Raises:
            PluginError: with code PLUGIN_UNKNOWN_KEY, nobody offers it; PLUGIN_DEPENDENCY_MISSING, a module that it
                needs is not installed; PLUGIN_TARGET_FAILED, it could not be imported for another reason.
        """
        plugin = self.owner(kind, key)
        record, _ = self._index[kind, key]
        module_name, _, attribute = record.target.partition(":")
        try:
            target: Any = importlib.import_module(module_name)
            for part in attribute.split("."):
                target = getattr(target, part)
        except Exception as error:
            raise _target_error(record, plugin, error) from error
        return target

    def create(self, kind: Kind, key: str, **options: Any) -> Any:
        """Return a new object of the protocol of *kind*: the target of *key*, called with the *options* of its kind.

        Raises:
            PluginError: as `load`; PLUGIN_TARGET_FAILED too when the call raises.
        """
        target = self.load(kind, key)
        try:
            return target(**options)
        except Exception as error:
            record, plugin = self._index[kind, key]
            raise _target_error(record, plugin, error) from error

    def _unknown(self, kind: Kind, key: str) -> PluginError:
        from difflib import get_close_matches  # noqa: PLC0415 - needed on the way to an error only, and costs 6 ms

        label = kind.value.replace("_", " ")
        known = [record.key for record in self.records(kind)]
        close = get_close_matches(key, known, n=3)
        offered = f"Installed are: {', '.join(known)}." if known else "None is installed."
        hint = f"Did you mean {' or '.join(close)}? " if close else ""
        distribution = _FIRST_PARTY.get(kind, {}).get(key, "")
        wanted = f"Run: pip install {distribution}" if distribution else "Install the distribution that offers it"
        hint += f"{wanted}; `godwit plugins` lists what is installed."
        if self.disabled:
            hint += f" Disabled are: {', '.join(self.disabled)}."
        return PluginError(f"No plugin offers the {label} {key!r}. {offered}", hint=hint, code="PLUGIN_UNKNOWN_KEY")


def _target_error(record: Record, plugin: Plugin, error: Exception) -> PluginError:
    what = f"{plugin.label}: the {record.kind.value.replace('_', ' ')} {record.key!r}"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    own_package = record.target.partition(":")[0].partition(".")[0]
    if missing and missing.partition(".")[0] != own_package:
        wanted = f"{plugin.distribution}[{record.extra}]" if record.extra and plugin.distribution else missing
        return PluginError(
            f"{what} needs the module {missing!r}, which is not installed.",
            hint=f"Run: pip install '{wanted}'",
            code="PLUGIN_DEPENDENCY_MISSING",
        )
    return PluginError(
        f"{what} could not be loaded from {record.target}: {type(error).__name__}: {error}.",
        hint="This is a defect of the plugin or of its installation; tell its authors, or install another version.",
        code="PLUGIN_TARGET_FAILED",
    )
