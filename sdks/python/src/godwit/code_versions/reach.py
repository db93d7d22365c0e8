"""All code that one task can reach: never less, and no more than what cannot be ruled out."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from godwit.code_versions.dynamic_imports import Imported, imported_by
from godwit.code_versions.effects import Effects
from godwit.code_versions.names import Meaning, Names, Sort
from godwit.code_versions.places import Origin, Place, Places, source_digest
from godwit.code_versions.references import Chain, References, chain_of, references_of
from godwit.code_versions.source import ImportedName, SourceModule, Unit

_IMPORTING: Final = frozenset({"importlib.import_module", "importlib.__import__", "importlib.util.find_spec"})
_ANYTHING: Final = ("importlib.util.", "importlib.machinery.", "importlib.reload", "pkgutil.", "runpy.", "zipimport.")
_BARE: Final = frozenset({"importlib", "pkgutil", "runpy", "builtins", "sys"})
_LISTING: Final = "importlib.metadata"
_LOOKING_AROUND: Final = (
    "sys.modules",
    "sys._getframe",
    "gc.",
    "inspect.stack",
    "inspect.currentframe",
    "inspect.getmodule",
)
_RESULT_SETTINGS: Final = frozenset({"environment"})
"""Settings of a task that may change what it computes."""


class Reader:
    """What is known of the code of one project, for all tasks. Meant for one run, while files do not change."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.places = Places(root, folder)
        self.names = Names(self.places)
        self.effects = Effects(self.names)
        self._references: dict[Unit, References] = {}
        self._digests: dict[Unit, str] = {}
        self._running: dict[str, list[Unit]] = {}
        self._used: dict[str, set[str]] = {}
        self._sources: dict[Path, tuple[str, list[str]]] = {}

    def references(self, module: SourceModule, unit: Unit) -> References:
        """Return what a statement refers to."""
        found = self._references.get(unit)
        if found is None:
            found = self._references[unit] = references_of([self._bare(module, unit.node)], module)
        return found

    def digest(self, module: SourceModule, unit: Unit) -> str:
        """Return the digest of a statement; layout and comments do not count."""
        known = self._digests.get(unit)
        if known is None:
            text = ast.dump(self._bare(module, unit.node))
            known = self._digests[unit] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return known

    def running(self, module: SourceModule) -> list[Unit]:
        """Return the statements of *module* whose mere import may change something elsewhere."""
        known = self._running.get(module.key)
        if known is None:
            known = [unit for unit in module.units if self.effects.runs_code(module, unit.node)]
            self._running[module.key] = known
        return known

    def used(self, module: SourceModule) -> set[str]:
        """Return the names that anything in *module* refers to."""
        known = self._used.get(module.key)
        if known is None:
            known = {chain[0] for unit in module.units for chain in self.references(module, unit).chains}
            self._used[module.key] = known
        return known

    def source(self, path: Path) -> tuple[str, list[str]]:
        """Return the digest of all source at *path*, and the modules that it imports."""
        known = self._sources.get(path)
        if known is None:
            known = self._sources[path] = source_digest(path)
        return known

    def _bare(self, module: SourceModule, node: ast.stmt) -> ast.stmt:
        """Return a function without Godwit's decorators, but for the settings that its results may depend on."""
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.decorator_list:
            return node
        kept: list[ast.expr] = []
        for decorator in node.decorator_list:
            chain = chain_of(decorator.func if isinstance(decorator, ast.Call) else decorator)
            meanings = self.names.meanings(module, chain) if chain else []
            if not meanings or any(one.sort is not Sort.GODWIT for one in meanings):
                kept.append(decorator)
            elif isinstance(decorator, ast.Call):
                words = [one for one in decorator.keywords if one.arg is None or one.arg in _RESULT_SETTINGS]
                kept += [ast.Call(decorator.func, [], words)] if words else []
        fields = {name: getattr(node, name) for name in node._fields}
        return type(node)(**{**fields, "decorator_list": kept})


class Reach:
    """What one task reaches."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._units: dict[str, set[Unit]] = {}
        self._modules: dict[str, SourceModule] = {}
        self._waiting: list[tuple[SourceModule, Unit]] = []
        self._entered: dict[str, SourceModule] = {}
        self._whole: set[str] = set()
        self._opened: set[str] = set()
        self._facts: set[str] = set()
        self._start: SourceModule | None = None

    def of(self, module: str, name: str) -> list[str]:
        """Return lines that tell what *name* in *module* reaches, the same on every machine."""
        place = self._reader.places.find(module)
        self._start = place.source
        if place.source is None:
            self._other(module, place)
        else:
            self._enter(place.source)
            self._follow(place.source, (name,), References())
        while self._waiting:
            self._read(*self._waiting.pop())
        return self._lines()

    def statements(self) -> list[tuple[str, Unit, str]]:
        """Return the statements that were reached, each with the key of its module and its digest."""
        return [
            (key, unit, self._reader.digest(self._modules[key], unit))
            for key in sorted(self._units)
            for unit in sorted(self._units[key], key=lambda unit: unit.index)
        ]

    def _lines(self) -> list[str]:
        lines = [f"statement {key} {digest}" for key, _, digest in self.statements()]
        # What imports change may depend on their order.
        order = [key for key, module in self._entered.items() if self._reader.running(module)]
        return [*lines, *sorted(self._facts), f"order {' '.join(order)}"]

    # Statements and names.

    def _add(self, module: SourceModule, unit: Unit) -> None:
        known = self._units.setdefault(module.key, set())
        if unit not in known:
            self._modules[module.key] = module
            known.add(unit)
            self._waiting.append((module, unit))
            self._enter(module)

    def _read(self, module: SourceModule, unit: Unit) -> None:
        found = self._reader.references(module, unit)
        label = ",".join(sorted(unit.names)) or self._reader.digest(module, unit)
        for chain, optional in found.chains.items():
            targets = self._follow(module, chain, found, optional=optional)
            self._facts.add(f"name {module.key}:{label} {'.'.join(chain)} {' '.join(targets)}")
        self._run(found.imports)
        if found.asks_attributes:
            self._all_of(module)
        if found.opens:
            self._open(module)

    def _follow(self, module: SourceModule, chain: Chain, found: References, *, optional: bool = False) -> list[str]:
        """Take all that *chain* may mean; return what that is."""
        targets = []
        for meaning in self._reader.names.meanings(module, chain, found.local):
            targets.append(self._take(module, chain, meaning, found))
            if meaning.sort is Sort.UNKNOWN and not optional:
                self._all_of(module)
        return targets

    def _take(self, module: SourceModule, chain: Chain, meaning: Meaning, found: References) -> str:
        if meaning.module is not None and meaning.unit is not None:
            self._add(meaning.module, meaning.unit)
            if not self._reader.effects.is_fixed(meaning.module, meaning.name):
                self._all_of(meaning.module)
            return f"{meaning.module.key}:{meaning.name}"
        if meaning.module is not None:
            self._all_of(meaning.module)
            return meaning.module.key
        if meaning.place is not None:
            self._other(meaning.path, meaning.place)
        elif meaning.sort is Sort.STANDARD or meaning.path == "__import__":
            self._standard(module, chain, meaning.path, found)
        return f"{meaning.sort} {meaning.path}"

    def _standard(self, module: SourceModule, chain: Chain, path: str, found: References) -> None:
        """Take what a name of the standard library may get hold of by a way around names."""
        if path in _IMPORTING or path == "__import__":
            if chain in found.uncalled:
                self._everything()
            for call in found.calls.get(chain, ()):
                self._imported(imported_by(call, module))
        elif path in _BARE or path.startswith(_ANYTHING):
            self._everything()
        elif path.startswith(_LISTING):
            self._facts.update(f"installed {one}" for one in self._reader.places.installed_names())
            for one in self._reader.places.installed_names():
                self._distribution(one)
        elif path.startswith(_LOOKING_AROUND):
            self._open(self._start or module)

    def _imported(self, found: Imported | None) -> None:
        """Take a module that is imported by its name, or all that one whose name begins so may be."""
        if found is None:
            self._everything()
            return
        place = self._reader.places.find(found.name)
        if place.source is None:
            self._other(found.name, place)
            return
        self._run([found.name])
        self._all_of(place.source)
        if found.is_prefix:
            for name in self._reader.places.submodules(place.source):
                inner = self._reader.places.find(name)
                if inner.source is not None:
                    self._all_of(inner.source)
                else:
                    self._other(name, inner)

    # Modules.

    def _enter(self, module: SourceModule) -> None:
        """Take what importing *module* runs."""
        if module.key in self._entered:
            return
        self._entered[module.key] = module
        if module.unreadable:
            self._facts.add(f"bytes {module.key} {hashlib.sha256(module.unreadable).hexdigest()}")
        parts = module.name.split(".")
        self._run([".".join(parts[:length]) for length in range(1, len(parts))])
        self._run(module.imports)
        for star in module.stars:
            self._other_only(star)
        for alias, bindings in module.bindings.items():
            if alias not in self._reader.used(module):
                for binding in bindings:
                    if isinstance(binding, ImportedName):
                        self._other_only(binding.module)
        for unit in self._reader.running(module):
            self._add(module, unit)

    def _run(self, names: Iterable[str]) -> None:
        """Enter the modules that an import runs, with the packages around them."""
        for name in names:
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                source = self._reader.places.find(".".join(parts[:length])).source
                if source is not None:
                    self._enter(source)

    def _all_of(self, module: SourceModule) -> None:
        """Take the whole of a module."""
        if module.key in self._whole:
            return
        self._whole.add(module.key)
        self._enter(module)
        for unit in module.units:
            self._add(module, unit)
        used = self._reader.used(module)
        for alias in module.bindings:
            if alias not in used and not any(isinstance(one, Unit) for one in module.bindings[alias]):
                targets = self._follow(module, (alias,), References(), optional=True)
                self._facts.add(f"name {module.key} {alias} {' '.join(targets)}")
        for star in module.stars:
            source = self._reader.places.find(star).source
            if source is not None:
                self._all_of(source)

    def _open(self, module: SourceModule) -> None:
        """Take the whole of a module, and of all that it imports, and so on."""
        if module.key in self._opened:
            return
        self._opened.add(module.key)
        self._all_of(module)
        inner = [name for unit in module.units for name in self._reader.references(module, unit).imports]
        for name in (*module.imports, *inner):
            place = self._reader.places.find(name)
            if place.source is not None:
                self._open(place.source)
            else:
                self._other_only(name)

    def _everything(self) -> None:
        """Take all source of the project, and what it imports."""
        if "everything" in self._whole:
            return
        self._whole.add("everything")
        digest, names = self._reader.source(self._reader.root)
        self._facts.add(f"everything {digest}")
        for name in names:
            self._other_only(name)

    # Code of others.

    def _other_only(self, name: str) -> None:
        place = self._reader.places.find(name)
        if place.origin in {Origin.INSTALLED, Origin.LOOSE}:
            self._other(name, place)

    def _other(self, name: str, place: Place) -> None:
        if place.origin is Origin.MISSING:
            self._facts.add(f"missing {name}")
        for distribution in place.distributions:
            self._distribution(distribution)
        fact = f"loose {name.partition('.')[0]}"
        if place.path is None or fact in self._whole:
            return
        self._whole.add(fact)
        digest, names = self._reader.source(place.path)
        self._facts.add(f"{fact} {digest}")
        for one in names:
            self._other_only(one)

    def _distribution(self, name: str) -> None:
        self._facts.update(f"version {one} {text}" for one, text in self._reader.places.versions(name).items())
