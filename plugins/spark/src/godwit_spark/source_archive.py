"""The source of a task, packed for executors: its functions are called there, and must be imported."""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SKIPPED: Final = frozenset({"__pycache__", "node_modules", "site-packages"})
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def pack(source: Path, target: Path) -> Path | None:
    """Pack every Python file below *source* into an archive below *target*, and return it; None: there is none.

    Its name is made of its content: equal source gives an equal name. What is hidden, and environments, are left out.
    """
    files = sorted(_files(source))
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.as_posix().encode() + b"\0" + (source / path).read_bytes() + b"\0")
    archive = target / f"source-{digest.hexdigest()[:16]}.zip"
    if not archive.exists():
        partial = archive.with_suffix(f".{os.getpid()}")
        _write(source, files, partial)
        partial.replace(archive)
    return archive


def _write(source: Path, files: list[Path], target: Path) -> None:
    folders = sorted({parent for path in files for parent in path.parents if parent != Path()})
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:  # packages without an __init__.py are found by these entries
            archive.writestr(zipfile.ZipInfo(f"{folder.as_posix()}/", _EPOCH), b"")
        for path in files:
            archive.writestr(zipfile.ZipInfo(path.as_posix(), _EPOCH), (source / path).read_bytes())


def _files(source: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(source):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if _is_source(here / name))
        for name in names:
            if name.endswith(".py") and not name.startswith("."):
                yield (here / name).relative_to(source)


def _is_source(folder: Path) -> bool:
    return not (folder.name.startswith(".") or folder.name in _SKIPPED or (folder / "pyvenv.cfg").exists())
