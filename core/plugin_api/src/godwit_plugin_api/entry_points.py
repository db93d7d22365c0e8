"""Entry points of installed distributions, read without importing `importlib.metadata` where possible.

`importlib.metadata` costs 35 ms to import, which is most of what starting the command line may take. Metadata lie in
plain files, so they are read as such; only when something other than a folder can hold distributions (a zip on the
path, an importer with metadata of its own) is the standard library asked.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import PathFinder
from typing import NamedTuple

GROUP = "godwit.plugins"
"""Entry point group of plugins. Each names a module that has `godwit_manifest`."""


class EntryPoint(NamedTuple):
    """One entry point of a plugin.

    Attributes:
        name: the plugin's name.
        module: module that has `godwit_manifest`.
        distribution: name of the distribution that declares it.
        version: the distribution's version; empty when unknown.
    """

    name: str
    module: str
    distribution: str
    version: str


def installed_entry_points(path: Sequence[str] | None = None, group: str = GROUP) -> list[EntryPoint]:
    """Return the entry points of *group*, by distribution and name.

    Where a distribution is found twice on the path, its first place counts, as it does for imports.

    Args:
        path: folders to look in, in order. None: what the interpreter itself looks in.
        group: the entry point group.
    """
    folders = list(dict.fromkeys(sys.path if path is None else path))
    found = _by_metadata(group) if path is None and _needs_metadata(folders) else _by_folders(folders, group)
    return sorted(found, key=lambda point: (point.distribution, point.name))


def _needs_metadata(folders: Sequence[str]) -> bool:
    if any(folder and os.path.isfile(folder) for folder in folders):  # noqa: PTH113 - pathlib's import costs 10 ms
        return True
    return any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder)


def _by_metadata(group: str) -> list[EntryPoint]:
    from importlib import metadata  # noqa: PLC0415 - heavy: 35 ms, and needed in rare set-ups only

    points: list[EntryPoint] = []
    seen: set[str] = set()
    for distribution in metadata.distributions():
        name = _normalized(distribution.metadata["Name"] or "")
        if name not in seen:
            seen.add(name)
            own = (point for point in distribution.entry_points if point.group == group)
            points += [EntryPoint(point.name, point.module, name, distribution.version) for point in own]
    return points


def _by_folders(folders: Sequence[str], group: str) -> list[EntryPoint]:
    points: list[EntryPoint] = []
    seen: set[str] = set()
    for folder in folders:
        for metadata_folder, name, version in _distributions(folder):
            if name in seen:
                continue
            seen.add(name)
            text = _read(os.path.join(metadata_folder, "entry_points.txt"))  # noqa: PTH118 - pathlib's import costs 10 ms
            points += [EntryPoint(point, module, name, version) for point, module in parse_group(text, group)]
    return points


def _distributions(folder: str) -> Iterator[tuple[str, str, str]]:
    """Yield metadata folder, normalized name and version of each distribution whose metadata lie in *folder*."""
    try:
        with os.scandir(folder or ".") as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return
    for file_name in names:
        stem = file_name.rpartition(".")[0]
        name, _, version = stem.partition("-")
        metadata_folder = os.path.join(folder, file_name)  # noqa: PTH118 - pathlib's import costs 10 ms
        yield metadata_folder, _normalized(name), version.partition("-")[0]


def _normalized(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib's import costs 10 ms
            return file.read()
    except OSError:
        return ""


def parse_group(text: str, group: str = GROUP) -> list[tuple[str, str]]:
    """Return name and module of each entry point of *group* in *text*, the content of an `entry_points.txt`."""
    points = []
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section == group and line and not line.startswith(("#", ";")):
            name, _, module = line.partition("=")
            points.append((name.strip(), module.partition("[")[0].partition(":")[0].strip()))
    return points
