"""Archives of small file systems made of what this host has, because no image can be pulled where tests run.

image_tree.py tools FILE     a shell and a few tools
image_tree.py python FILE    also this Python, with Godwit and all that it needs; prints what the image says of itself
image_tree.py java FILE      the tools and this host's Java, a JDK; prints what the image says of itself
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

TOOLS = ("sh", "cat", "sleep", "ls", "cp", "mkdir", "env", "id", "wc", "sort", "head", "tr", "uniq")
SITE = "opt/site"
_LEFT_OUT = {"test", "idlelib", "tkinter", "ensurepip", "site-packages", "turtledemo", "lib2to3"}


def write_tools(target: Path) -> None:
    """Write a file system with a shell and a few tools."""
    _write(target, _with_libraries(_found(TOOLS)))


def write_python(target: Path) -> None:
    """Write a file system with this Python, the tools, and Godwit with all that it needs."""
    executable = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib")).resolve()
    binaries = [*_found(TOOLS), executable, *library.rglob("*.so")]
    files = dict(_with_libraries(binaries))
    for path in _files_below(library):
        files[str(path)] = path
    for name, path in _distributions("godwit", "godwit-container"):
        files[f"/{SITE}/{name}"] = path
    files["/usr/bin/python3"] = executable
    home = Path(sys.base_prefix).resolve()
    link = f"{home}/bin/python3"
    _write(target, files.items(), links={} if link in files else {link: str(executable)})
    said = [f"PATH={home}/bin:/usr/local/bin:/usr/bin:/bin", f"PYTHONPATH=/{SITE}", f"PYTHONHOME={home}"]
    sys.stdout.writelines(f"ENV {variable}\n" for variable in said)


def write_java(target: Path) -> None:
    """Write a file system with the tools and the JDK whose compiler is the first on PATH."""
    compiler = shutil.which("javac")
    if compiler is None:
        raise SystemExit("no javac on PATH")
    home = Path(compiler).resolve().parents[1]
    own = {str(path): path.resolve() for path in _files_below(home) if path.exists() and not _is_left_out(path)}
    binaries = [path for path in own.values() if path.suffix == ".so" or path.parent.name == "bin"]
    _write(target, {**dict(_with_libraries([*_found(TOOLS), *binaries])), **own}.items())
    sys.stdout.writelines([f"ENV PATH={home}/bin:/usr/local/bin:/usr/bin:/bin\n", f"ENV JAVA_HOME={home}\n"])


def _is_left_out(path: Path) -> bool:
    """Whether no program needs what of the JDK this is."""
    return path.name == "src.zip" or bool({"jmods", "legal", "man", "demo"} & set(path.parts))


def _found(names: Iterable[str]) -> list[Path]:
    folders = [Path("/bin"), Path("/usr/bin")]
    return [next(folder / name for folder in folders if (folder / name).exists()) for name in names]


def _with_libraries(binaries: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Yield each binary, tools under /bin, and the libraries that it is linked to."""
    paths = list(binaries)
    for path in paths:
        name = f"/bin/{path.name}" if path.name in TOOLS else str(path)
        yield name, path.resolve()
    told = subprocess.run(["ldd", *map(str, paths)], capture_output=True, text=True, check=False).stdout
    for library in sorted(set(re.findall(r"(/\S+\.so\S*) \(0x", told))):
        yield os.path.normpath(library), Path(library).resolve()


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not name.startswith("config-")]
        yield from (Path(parent, name) for name in names)


def _distributions(*names: str) -> Iterator[tuple[str, Path]]:
    """Yield the files of distributions and of all that they need: name in a folder of packages, and path."""
    waiting, seen = list(names), set()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:  # for another system, or another version of Python
            continue
        yield from _files_of(found)
        waiting += [re.split(r"[ ;<>=!~\[]", need)[0] for need in found.requires or () if "extra ==" not in need]


def _files_of(found: Distribution) -> Iterator[tuple[str, Path]]:
    for file in found.files or ():
        path = Path(str(found.locate_file(file)))
        if path.suffix == ".pth":
            source = Path(path.read_text(encoding="utf-8").strip())
            for inside in _files_below(source):
                yield inside.relative_to(source).as_posix(), inside
        elif ".." not in file.parts and path.is_file():
            yield file.as_posix(), path


def _write(target: Path, files: Iterable[tuple[str, Path]], links: dict[str, str] | None = None) -> None:
    with tarfile.open(target, mode="w") as archive:
        for name, path in dict(files).items():
            info = archive.gettarinfo(str(path), name.lstrip("/"))
            info.uid = info.gid = 0
            info.mode |= 0o444
            with path.open("rb") as stream:
                archive.addfile(info, stream)
        for name, linked in (links or {}).items():
            info = tarfile.TarInfo(name.lstrip("/"))
            info.type, info.linkname = tarfile.SYMTYPE, linked
            archive.addfile(info)
        for name, mode in (("tmp", 0o1777), ("var/tmp", 0o1777), ("root", 0o755)):
            info = tarfile.TarInfo(name)
            info.type, info.mode = tarfile.DIRTYPE, mode
            archive.addfile(info)


if __name__ == "__main__":
    {"tools": write_tools, "python": write_python, "java": write_java}[sys.argv[1]](Path(sys.argv[2]))
