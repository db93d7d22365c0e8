"""Folders that are copied into a container and out of it, because they cannot be mounted."""

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from docker import APIClient

from godwit_container.docker_engine import EngineRefused, translated
from godwit_container.shares import Share

_IN_MEMORY = 8 << 20
_LEFT_OUT = {".git", ".venv", ".godwit", "__pycache__", "node_modules"}


def copy_in(client: APIClient, container: str, shares: Sequence[Share], home: Path) -> None:
    """Copy *shares* into a container that was not started yet, without the engine's *home* where it lies in one.

    Raises:
        EngineRefused, EngineAway: it cannot be done.
        OSError: a file cannot be read.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as packed:
        with tarfile.open(fileobj=cast("BinaryIO", packed), mode="w", dereference=True) as archive:
            for share in shares:
                _add(archive, share, home)
        packed.seek(0)
        with translated():
            client.put_archive(container, "/", packed)


def copy_out(client: APIClient, container: str, shares: Sequence[Share]) -> None:
    """Copy *shares* out of a container; each is as it is there, with nothing from before.

    Raises:
        EngineRefused, EngineAway: it cannot be done.
        OSError: a file cannot be written.
    """
    for share in shares:
        _fetch(client, container, share)


def _add(archive: tarfile.TarFile, share: Share, home: Path) -> None:
    name = share.place.lstrip("/")
    if name.startswith("godwit/"):
        _add_folder(archive, "godwit", 0o755)  # others are the image's own, and stay as they are
    if share.writable:
        _add_folder(archive, name, 0o777)

    inside = f"{name}/{home.relative_to(share.host).as_posix()}" if home.is_relative_to(share.host) else ""

    def kept(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if PurePosixPath(info.name).name in _LEFT_OUT or info.name == inside:
            return None
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mode |= 0o777 if share.writable and info.isdir() else 0o444
        return info

    archive.add(share.host, name, filter=kept)


def _add_folder(archive: tarfile.TarFile, name: str, mode: int) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, mode
    archive.addfile(info, io.BytesIO())


def _fetch(client: APIClient, container: str, share: Share) -> None:
    try:
        with translated():
            stream, _ = client.get_archive(container, share.place)
    except EngineRefused as error:
        if error.status == 404:
            return
        raise
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as packed:
        with translated():
            for chunk in stream:
                packed.write(chunk)
        packed.seek(0)
        _empty(share.host)
        with tarfile.open(fileobj=cast("BinaryIO", packed)) as archive:
            for member in archive:
                _extract(archive, member, PurePosixPath(share.place).name, share.host)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, base: str, target: Path) -> None:
    """Extract a file, folder or link of a folder *base* to *target*, and nothing around that."""
    inside = _inside(member.name, base)
    if inside is None or str(inside) == ".":
        return
    path = target / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    if member.isdir():
        path.mkdir(exist_ok=True)
    elif member.issym():
        # Without steps upwards, a relative link stays inside, whatever other links there are.
        to = PurePosixPath(member.linkname)
        if not to.is_absolute() and ".." not in to.parts:
            path.symlink_to(to)
    elif member.islnk():
        other = _inside(member.linkname, base)
        if other is not None and (target / other).is_file():
            os.link(target / other, path)
    elif (source := archive.extractfile(member)) is not None:
        with source, path.open("xb") as file:
            shutil.copyfileobj(source, file)
        path.chmod(member.mode & 0o755 | 0o600)


def _inside(name: str, base: str) -> PurePosixPath | None:
    path = PurePosixPath(name)
    if not path.is_relative_to(base) or ".." in path.parts:
        return None
    return path.relative_to(base)


def is_safe(path: Path) -> bool:
    """Return whether nothing at or below *path* is a link: what a program leaves must not lead elsewhere."""
    return not path.is_symlink() and not any(inside.is_symlink() for inside in path.rglob("*"))
