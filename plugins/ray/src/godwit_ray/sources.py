"""Sources of tasks on their way to machines that do not see the folder in which they lie."""

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from godwit_plugin_api.errors import InvalidInput

MOST_BYTES: Final = 100 * 2**20
"""Most that the files of one folder may take."""
_LEFT_OUT: Final = frozenset({"__pycache__", "node_modules", "build", "dist"})


def packed(folder: str) -> bytes:
    """Return the files below *folder* as an archive. Hidden files, environments and caches stay where they are.

    Equal files give equal archives.

    Raises:
        InvalidInput: they are larger than `MOST_BYTES`.
    """
    target = io.BytesIO()
    size = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in _files(Path(folder)):
            size += path.stat().st_size
            if size > MOST_BYTES:
                raise InvalidInput(
                    f"The files below {folder} take more than {MOST_BYTES >> 20} MiB, which is too much to send to a"
                    " cluster.",
                    hint="Move data out of the folder of the source, or run where the cluster sees the folder.",
                    code="RAY_SOURCE_TOO_LARGE",
                )
            name = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            name.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(name, path.read_bytes())
    return target.getvalue()


def unpacked(archive: bytes) -> str:
    """Return a folder of this machine that has the files of *archive*; the same one every time."""
    folder = Path(tempfile.gettempdir(), f"godwit-ray-{os.getuid()}", hashlib.sha256(archive).hexdigest()[:32])
    if folder.is_dir():
        return str(folder)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    if folder.parent.stat().st_uid != os.getuid():
        raise InvalidInput(f"{folder.parent} is another user's.", hint="Have it removed.", code="RAY_SOURCE_FOLDER")
    with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
        unpack_into(archive, Path(partial))
        try:
            Path(partial).rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
        else:
            Path(partial).mkdir()  # for whoever removes it
    return str(folder)


def unpack_into(archive: bytes, folder: Path) -> None:
    """Write the files of *archive* below *folder*."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        files.extractall(folder)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_left_out(Path(parent, name)))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _is_left_out(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in _LEFT_OUT or (folder / "pyvenv.cfg").is_file()
