"""Loading of plugins: entry points → manifests → registry. It fails loudly, and names the culprit and the way out."""

import importlib
import io
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from godwit_plugin_api.entry_points import EntryPoint, installed_entry_points
from godwit_plugin_api.errors import PluginError
from godwit_plugin_api.manifest import API_VERSION, Kind, Manifest, record_faults
from godwit_plugin_api.marking import marked
from godwit_plugin_api.registry import Plugin, PluginRegistry, Problem, plugin_label

SLOW_IMPORT_S = 0.25
"""Seconds from which the import of a manifest is reported as slow."""

_MANIFEST_HOOK = "godwit_manifest"


def load_plugins(
    *,
    entry_points: bool = True,
    extra: Sequence[Manifest | ModuleType] = (),
    disabled: Collection[str] = (),
    path: Sequence[str] | None = None,
    slow_import_s: float = SLOW_IMPORT_S,
    clock: Callable[[], float] = time.perf_counter,
) -> PluginRegistry:
    """Return a new registry of what is installed. Nothing heavy is imported, and nothing global is changed.

    Args:
        entry_points: whether installed distributions are asked.
        extra: manifests, or modules with `godwit_manifest`, to take besides.
        disabled: names of plugins or distributions to leave out; they are not imported.
        path: folders in which to look for distributions; None: the interpreter's own.
        slow_import_s: seconds from which the import of a manifest is a problem to report.
        clock: seconds from any start; for tests.

    Raises:
        PluginError: a manifest cannot be loaded or is wrong, or two offer the same key. Every fault is told at once,
            each with its distribution; the code is that of the first.
    """
    found = installed_entry_points(path) if entry_points else []
    wanted = [point for point in found if point.name not in disabled and point.distribution not in disabled]
    loader = _Loader(slow_import_s, clock)
    for point in wanted:
        loader.take_entry_point(point)
    for item in extra:
        loader.take_extra(item, disabled)
    loader.check_duplicates()
    loader.raise_faults()
    known = {name for point in found for name in (point.name, point.distribution)}
    known |= {_name(item) for item in extra}
    for name in sorted(set(disabled) - known):
        loader.problems.append(Problem(name, f"The disabled plugin {name} is not installed.", "Check its name."))
    return PluginRegistry(loader.plugins, problems=loader.problems, disabled=sorted(disabled))


class _Loader:
    """One loading: collects plugins, faults that stop it, and problems that do not."""

    def __init__(self, slow_import_s: float, clock: Callable[[], float]) -> None:
        self.plugins: list[Plugin] = []
        self.problems: list[Problem] = []
        self._faults: list[PluginError] = []
        self._slow_import_s = slow_import_s
        self._clock = clock

    def take_entry_point(self, point: EntryPoint) -> None:
        """Import the module of *point* and take its manifest."""
        label = plugin_label(point.name, point.distribution, point.version)
        start = self._clock()
        try:
            with _captured_output() as written:
                manifest = _manifest_of(importlib.import_module(point.module))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin raises stops the start with its name
            self._fail(point.name, f"{label} failed to load: {type(error).__name__}: {error}.", "PLUGIN_LOAD_FAILED")
            return
        elapsed = self._clock() - start
        self._report_import(point.name, label, written.getvalue(), elapsed)
        faults = _manifest_faults(manifest, point.name)
        for code, fault in faults:
            self._fail(point.name, f"{label} {fault}.", code)
        if not faults:
            self.plugins.append(Plugin(manifest, point.distribution, point.version, elapsed))

    def take_extra(self, item: Manifest | ModuleType, disabled: Collection[str]) -> None:
        """Take a manifest that the program handed in."""
        try:
            manifest = item if isinstance(item, Manifest) else _manifest_of(item)
        except Exception as error:  # noqa: BLE001 - as above
            label = f"module {_name(item)}"
            self._fail(_name(item), f"{label} failed to load: {type(error).__name__}: {error}.", "PLUGIN_LOAD_FAILED")
            return
        if manifest.name in disabled:
            return
        faults = _manifest_faults(manifest, manifest.name)
        for code, fault in faults:
            self._fail(manifest.name, f"plugin {manifest.name} {fault}.", code)
        if not faults:
            self.plugins.append(Plugin(manifest))

    def check_duplicates(self) -> None:
        """Find names and keys that more than one plugin has."""
        names: dict[str, Plugin] = {}
        keys: dict[tuple[Kind, str], Plugin] = {}
        for plugin in self.plugins:
            name = plugin.manifest.name
            if names.setdefault(name, plugin) is not plugin:
                message = f"{plugin.label} and {names[name].label} have the same name."
                self._fail(plugin.distribution or name, message, "PLUGIN_DUPLICATE_NAME")
            for record in plugin.manifest.records:
                first = keys.get((record.kind, record.key))
                if first is not None:
                    other = "itself, twice" if first is plugin else first.label
                    kind = record.kind.value.replace("_", " ")
                    message = f"The {kind} {record.key!r} is offered by {plugin.label} and by {other}."
                    self._fail(name, message, "PLUGIN_DUPLICATE_KEY")
                keys.setdefault((record.kind, record.key), plugin)

    def raise_faults(self) -> None:
        """Raise what stops the start, if anything does."""
        if len(self._faults) == 1:
            raise self._faults[0]
        if self._faults:
            lines = "\n".join(f"- {fault}" for fault in self._faults)
            raise PluginError(f"{len(self._faults)} faults in plugins:\n{lines}", code=self._faults[0].code)

    def _fail(self, name: str, message: str, code: str) -> None:
        hint = f"Install another version of it, or go on without it: --disable-plugin {name}"
        self._faults.append(PluginError(message, hint=hint, code=code))

    def _report_import(self, name: str, label: str, written: str, elapsed: float) -> None:
        if written:
            start = written.strip()[:200]
            message = f"{label} prints when its manifest is imported: {start!r}."
            self.problems.append(Problem(name, message, "The text was held back. Tell the plugin's authors."))
        if elapsed > self._slow_import_s:
            message = f"{label} takes {elapsed:.2f} s to import its manifest; {self._slow_import_s:.2f} s are expected."
            hint = f"Tell the plugin's authors, or go on without it: --disable-plugin {name}"
            self.problems.append(Problem(name, message, hint))


@contextmanager
def _captured_output() -> Iterator[io.StringIO]:
    """Hold back what is printed meanwhile: standard output may have to carry exactly one JSON object."""
    written = io.StringIO()
    kept = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = written
    try:
        yield written
    finally:
        sys.stdout, sys.stderr = kept


def _manifest_of(module: ModuleType) -> Manifest:
    hooks = marked(module)
    unknown = [name for name in hooks if name != _MANIFEST_HOOK]
    if unknown:
        message = (
            f"its module {module.__name__} implements unknown hooks: {', '.join(unknown)}; known is {_MANIFEST_HOOK}"
        )
        raise PluginError(message)
    if not hooks:
        raise PluginError(f"its module {module.__name__} has no {_MANIFEST_HOOK} that is marked with hookimpl")
    manifest = vars(module)[_MANIFEST_HOOK]()
    if not isinstance(manifest, Manifest):
        raise PluginError(f"{_MANIFEST_HOOK} of {module.__name__} returned {manifest!r}, which is no Manifest")
    return manifest


def _manifest_faults(manifest: Manifest, name: str) -> list[tuple[str, str]]:
    """Return code and clause of each fault of *manifest*, whose entry point is called *name*."""
    if manifest.api_version != API_VERSION:
        fault = f"speaks plugin API {manifest.api_version!r}, this Godwit speaks {API_VERSION}"
        return [("PLUGIN_API_VERSION", fault)]
    faults = [("PLUGIN_INVALID_MANIFEST", fault) for record in manifest.records for fault in record_faults(record)]
    if manifest.name != name:
        fault = f"has a manifest named {manifest.name!r}, but an entry point named {name!r}"
        faults.append(("PLUGIN_INVALID_MANIFEST", fault))
    return faults


def _name(item: Manifest | ModuleType) -> str:
    return item.name if isinstance(item, Manifest) else item.__name__
