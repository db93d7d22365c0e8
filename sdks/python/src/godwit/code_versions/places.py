"""Where modules come from: one's own source, an installed distribution, the standard library. Nothing is imported."""

import hashlib
import importlib.machinery
import json
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from godwit.code_versions.source import SourceModule, read_module

_OWN = frozenset({"godwit", "godwit_core", "godwit_plugin_api", "godwitidl"})
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_SKIPPED = frozenset({"__pycache__", "node_modules", *_INSTALLED})
_NATIVE = tuple(importlib.machinery.EXTENSION_SUFFIXES)
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_REQUIREMENT = re.compile(r"^Requires-Dist:\s*([A-Za-z0-9][A-Za-z0-9._-]*)(.*)$", re.MULTILINE)
_EXTRA = re.compile(r"extra\s*==\s*[\"']([^\"']+)")
_FOR_DEVELOPERS = re.compile(r"all|.*(test|dev|doc|lint|typ|mypy|bench|build|example|check|cover|release|style|ci$).*")
"""Extras whose distributions run no code of users: for tests, documentation, checks; `all` repeats others."""
_VERSION = re.compile(r"^Version:\s*(\S+)", re.MULTILINE)


class Origin(StrEnum):
    """Where a module comes from."""

    SOURCE = "source"
    STANDARD = "standard"
    GODWIT = "godwit"
    INSTALLED = "installed"
    LOOSE = "loose"
    MISSING = "missing"


class Place(NamedTuple):
    """Where one module comes from.

    Attributes:
        source: the module, of one's own source.
        distributions: names of the distributions that may hold an installed one.
        path: file or folder of one that lies outside the project without being installed: an editable one, say.
    """

    origin: Origin
    source: SourceModule | None = None
    distributions: tuple[str, ...] = ()
    path: Path | None = None


class Places:
    """Finds modules, as seen from one project. Reads each file once; meant for one run, while files do not change."""

    def __init__(self, root: Path, folder: Path) -> None:
        """*root*: folder of the project; *folder*: the one that the project's modules are imported from."""
        self._root = root
        self._folders = list(dict.fromkeys([folder, *(Path(entry or ".").resolve() for entry in sys.path)]))
        self._places: dict[str, Place] = {}
        self._sources: dict[Path, SourceModule] = {}
        self._distributions: dict[str, tuple[Path, str]] | None = None

    def find(self, name: str) -> Place:
        """Return where the module *name*, an absolute dotted name, comes from."""
        place = self._places.get(name)
        if place is None:
            place = self._places[name] = self._find(name)
        return place

    def _find(self, name: str) -> Place:
        top, _, rest = name.partition(".")
        if top in _OWN:
            return Place(Origin.GODWIT)
        if rest:
            parent = self.find(name.rpartition(".")[0])
            if parent.source is None:
                # Of several distributions that share a package, its modules tell which is meant.
                return self._installed(name) or parent if len(parent.distributions) > 1 else parent
            folder = parent.source.folder
            found = self._in_folder(name, folder) or self._spread(name, folder) if parent.source.is_package else None
            return found or Place(Origin.MISSING)
        own = self._in_folder(name, self._folders[0])
        if own is not None:
            return own
        if top in sys.stdlib_module_names:
            return Place(Origin.STANDARD)
        installed = self._installed(name)
        return installed or self._on_path(name)

    def _on_path(self, name: str) -> Place:
        for folder in self._folders[1:]:
            if self._is_own(folder) and (found := self._in_folder(name, folder)) is not None:
                return found
        for folder in self._folders:
            if (found := self._spread(name, folder)) is not None:
                return found
        path = _path_of(name)
        if path is None:
            return Place(Origin.MISSING)
        if self._is_own(path):
            return self._in_folder(name, path.parent) or Place(Origin.LOOSE, path=path)
        return Place(Origin.LOOSE, path=path)

    def _is_own(self, path: Path) -> bool:
        return path.is_relative_to(self._root) and _INSTALLED.isdisjoint(path.relative_to(self._root).parts)

    # One's own source.

    def _in_folder(self, name: str, folder: Path) -> Place | None:
        """Return the module *name* whose file lies in *folder*; None if there is none."""
        if not self._is_own(folder):
            return None
        base = folder / name.rpartition(".")[2]
        for file, is_package in ((base / "__init__.py", True), (base.with_name(f"{base.name}.py"), False)):
            if file.is_file():
                return Place(Origin.SOURCE, self._read(name, file, base, is_package=is_package))
        for suffix in _NATIVE:
            file = base.with_name(f"{base.name}{suffix}")
            if file.is_file():
                return Place(Origin.LOOSE, path=file)
        return None

    def _spread(self, name: str, folder: Path) -> Place | None:
        """Return the package *name* in *folder* that has no code of its own; None if there is none."""
        base = folder / name.rpartition(".")[2]
        if self._is_own(base) and base.is_dir() and source_files(base):
            return Place(Origin.SOURCE, self._read(name, None, base, is_package=True))
        return None

    def _read(self, name: str, file: Path | None, base: Path, *, is_package: bool) -> SourceModule:
        path = (file or base).resolve()
        known = self._sources.get(path)
        if known is None:
            key = path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else name
            known = self._sources[path] = read_module(name, key, file, base, is_package=is_package)
        return known

    def submodules(self, package: SourceModule) -> Iterator[str]:
        """Yield the names of all modules below *package*."""
        if not package.is_package or not package.folder.is_dir():
            return
        for file in source_files(package.folder):
            parts = file.relative_to(package.folder).with_suffix("").parts
            inner = parts[:-1] if parts[-1] == "__init__" else parts
            if inner:
                yield ".".join([package.name, *inner])

    # Distributions.

    def installed_names(self) -> list[str]:
        """Return the distributions that are installed."""
        return sorted(self._known())

    def _known(self) -> dict[str, tuple[Path, str]]:
        """Return folder of metadata and version of each distribution; of several of one name, the first on the path."""
        if self._distributions is None:
            self._distributions = {}
            for folder in self._folders:
                for entry in _metadata_folders(folder):
                    name, _, version = entry.stem.partition("-")
                    if entry.suffix == ".egg-info":
                        version = _first(_VERSION, _metadata(entry))
                    self._distributions.setdefault(canonical(name), (entry, version))
        return self._distributions

    def _installed(self, name: str) -> Place | None:
        """Return the distributions that say that they hold the module *name*."""
        known = self._known()
        path = name.replace(".", "/")
        likely = canonical(name.partition(".")[0])
        if likely in known and _holds(known[likely][0], path):
            return Place(Origin.INSTALLED, distributions=(likely,))
        found = tuple(key for key, (entry, _) in sorted(known.items()) if _holds(entry, path))
        return Place(Origin.INSTALLED, distributions=found) if found else None

    def versions(self, distribution: str) -> dict[str, str]:
        """Return the version of an installed distribution, and of those that it may use, by name."""
        found: dict[str, str] = {}
        waiting = [canonical(distribution)]
        while waiting:
            name = waiting.pop()
            if name in found or name not in self._known() or name in _GODWIT_NAMES:
                continue
            entry, found[name] = self._known()[name]
            waiting += _requirements(_metadata(entry))
        return found


_GODWIT_NAMES = frozenset(name.replace("_", "-") for name in (*_OWN, "godwit-idl"))


def canonical(name: str) -> str:
    """Return the name of a distribution in its normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def source_files(folder: Path) -> list[Path]:
    """Return the Python files below *folder*, sorted, but for those of environments and hidden folders."""
    found: list[Path] = []
    waiting = [folder]
    while waiting:
        for entry in sorted(waiting.pop().iterdir()):
            if entry.is_dir():
                skipped = entry.name in _SKIPPED or entry.name.startswith(".") or (entry / "pyvenv.cfg").is_file()
                if not skipped and not entry.is_symlink():
                    waiting.append(entry)
            elif entry.name.endswith((".py", *_NATIVE)):
                found.append(entry)
    return sorted(found)


def source_digest(path: Path) -> tuple[str, list[str]]:
    """Return the digest of a file, or of all Python files in a folder, and the names of the modules they import."""
    digest = hashlib.sha256()
    names: set[str] = set()
    for file in [path] if path.is_file() else source_files(path):
        content = file.read_bytes()
        relative = file.name if path.is_file() else file.relative_to(path).as_posix()
        digest.update(f"{relative}\0{len(content)}\0".encode() + content)
        if file.suffix == ".py":
            names.update(name.decode() for name in _IMPORT.findall(content))
    return digest.hexdigest(), sorted(names)


def _path_of(name: str) -> Path | None:
    """Return the file, or the folder of the package, that an import of the top-level module *name* would find."""
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        spec = find_spec(name, None) if find_spec is not None else None
        if spec is None:
            continue
        if spec.submodule_search_locations:
            return Path(next(iter(spec.submodule_search_locations))).resolve()
        return Path(spec.origin).resolve() if spec.origin and spec.has_location else None
    return None


def _metadata_folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.suffix in {".dist-info", ".egg-info"})
    except OSError:
        return []


def _metadata(entry: Path) -> str:
    """Return the headers of a distribution's metadata."""
    for name in ("METADATA", "PKG-INFO", ""):
        file = entry / name if name else entry
        if file.is_file():
            return file.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    return ""


def _requirements(metadata: str) -> list[str]:
    """Return what a distribution requires, and what it uses where that is installed."""
    return [
        canonical(name)
        for name, rest in _REQUIREMENT.findall(metadata)
        if not any(_FOR_DEVELOPERS.fullmatch(extra) for extra in _EXTRA.findall(rest))
    ]


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _holds(entry: Path, path: str) -> bool:
    """Return whether a distribution says that it holds the module at *path*."""
    record = entry / "RECORD"
    if record.is_file():
        listed = "\n" + record.read_text(encoding="utf-8", errors="replace")
        if (
            any(f"\n{path}{end}" in listed for end in ("/", ".py,", ".so,", ".abi3.so,"))
            or f"\n{path}.cpython-" in listed
        ):
            return True
    top_level = entry / "top_level.txt"
    if "/" not in path and top_level.is_file() and path in top_level.read_text(encoding="utf-8").split():
        return not _is_editable(entry)
    return False


def _is_editable(entry: Path) -> bool:
    try:
        direct = json.loads((entry / "direct_url.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(direct.get("dir_info", {}).get("editable", False))
