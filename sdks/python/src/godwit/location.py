"""Where a declaration stands: its project, its name, and how a runner imports it, from wherever it runs."""

import hashlib
import os
from pathlib import Path
from typing import Any, NamedTuple

from godwit.errors import DeclarationError
from godwit.places import variable_of

_PROJECT_FILE = "pyproject.toml"
_INSTALLED = frozenset({"site-packages", "dist-packages"})


class Location(NamedTuple):
    """Where a declaration stands.

    Attributes:
        name: full name: `examples.wine.training.train`.
        import_folder: folder to import from, relative to the root, `.` for the root; empty: it is importable anyway.
        module: module as imported from there.
        qualname: name within the module.
        file: source file relative to the root, with forward slashes; empty when it lies elsewhere.
        line: line from 1.
    """

    name: str
    import_folder: str
    module: str
    qualname: str
    file: str
    line: int


def project_root(file: Path) -> Path:
    """Return the folder of the nearest `pyproject.toml` above *file*; without one, the folder of *file*."""
    folder = file.resolve().parent
    return next((above for above in (folder, *folder.parents) if (above / _PROJECT_FILE).is_file()), folder)


def project_name(root: Path) -> str:
    """Return the name of the project in *root*: that in its `pyproject.toml`, else 12 hexadecimal digits of its path.

    Raises:
        DeclarationError: the `pyproject.toml` is no TOML.
    """
    file = root / _PROJECT_FILE
    if file.is_file():
        try:
            text = file.read_text(encoding="utf-8")
            name = _plain_name(text) or _parsed_name(text)
        except ValueError as error:
            raise DeclarationError(f"{file} is not valid TOML: {error}.", code="INVALID_PROJECT_FILE") from error
        if isinstance(name, str) and name:
            return name
    return hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:12]


def _plain_name(text: str) -> str:
    """Return the name in a `pyproject.toml` that says it as nearly all do; empty where it takes a parser to be sure."""
    before, _, table = f"\n{text}".partition("\n[project]\n")
    if _has_long_text(before):
        return ""
    for line in table.splitlines():
        key, equals, value = (part.strip() for part in line.partition("="))
        name = value[1:-1]
        if key == "name" and equals and value == f'"{name}"' and name.replace("-", "").replace("_", "").isalnum():
            return name
        if line.startswith("[") or _has_long_text(line):
            break
    return ""


def _has_long_text(text: str) -> bool:
    """Return whether *text* may begin a text of several lines, in which anything may stand."""
    return '"""' in text or "'''" in text


def _parsed_name(text: str) -> object:
    import tomllib  # noqa: PLC0415 - 5 ms for what is seldom needed

    return tomllib.loads(text).get("project", {}).get("name")


def import_folder(file: Path) -> Path:
    """Return the folder that *file* is imported from: the first above it without `__init__.py`."""
    folder = file.resolve().parent
    return next(above for above in (folder, *folder.parents) if not (above / "__init__.py").is_file())


def module_name(file: Path, folder: Path) -> str:
    """Return the dotted name of *file* relative to *folder*."""
    parts = file.resolve().relative_to(folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def source_file(entity: Any) -> Path:
    """Return the file that *entity* is declared in.

    Raises:
        DeclarationError: it was defined at a prompt or in a notebook.
    """
    name = entity.place.namespace.get("__file__")
    if not name or not Path(name).is_file():
        raise DeclarationError(
            f"{_describe(entity)} is not defined in a file, so no runner can import it.",
            hint="Put it into a .py file and import it from there.",
            code="NO_SOURCE_FILE",
        )
    return Path(name)


def locate(entity: Any, root: Path) -> Location:
    """Return where *entity*, a task, workflow or launch plan, stands, as seen from *root*.

    Raises:
        DeclarationError: a runner could not import it: it is not at the top of a module, or not in a file.
    """
    given_name: str = getattr(entity, "given_name", "")
    if given_name:
        return Location(given_name, "", "", "", "", 0)  # declared elsewhere
    namespace = entity.place.namespace
    file = source_file(entity).resolve()
    qualname = _qualname(entity, namespace)
    imported_as: str = namespace["__name__"]
    inside = file.is_relative_to(root) and _INSTALLED.isdisjoint(file.relative_to(root).parts)
    folder = _folder_of_import(file, imported_as)
    module = module_name(file, folder)
    line = entity.place.line
    if not inside:
        module = module if imported_as == "__main__" else imported_as
        return Location(entity.declared_name or f"{module}.{qualname}", "", module, qualname, "", line)
    dotted = module_name(file, root)
    relative = Path(os.path.relpath(folder, root))
    return Location(
        name=entity.declared_name or f"{dotted}.{qualname}",
        import_folder=relative.as_posix(),
        module=module,
        qualname=qualname,
        file=file.relative_to(root).as_posix(),
        line=line,
    )


def _folder_of_import(file: Path, imported_as: str) -> Path:
    """Return the folder on the import path under which *file* is the module *imported_as*."""
    if imported_as != "__main__":
        parts = imported_as.split(".")
        above = file.parent if file.stem == "__init__" else file.with_suffix("")
        if above.parts[-len(parts) :] == tuple(parts):
            return above.parents[len(parts) - 1]
    return import_folder(file)


def _qualname(entity: Any, namespace: dict[str, Any]) -> str:
    """Return the name by which *entity* is found in its module: its function's, or another that it was given."""
    qualname: str = entity.place.qualname
    if not entity.place.imported:
        return qualname
    found: Any = namespace
    for part in qualname.split("."):
        found = found.get(part) if isinstance(found, dict) else getattr(found, part, None)
    if found is entity:
        return qualname
    variable = variable_of(entity, namespace)
    if variable:
        return variable
    if not qualname and entity.declared_name:
        return str(entity.declared_name)  # no runner imports it
    if not qualname:
        raise DeclarationError(
            f"{_describe(entity)} has no name: no variable of its module holds it.",
            hint="Assign it at the top of a module, or give it a name: name=….",
            code="NOT_IMPORTABLE",
        )
    raise DeclarationError(
        f"{_describe(entity)} cannot be found in its module, so no runner can import it.",
        hint="Define it at the top of a module, not inside a function; decorators around it need functools.wraps.",
        code="NOT_IMPORTABLE",
    )


def _describe(entity: Any) -> str:
    kind = entity.kind.replace("_", " ").capitalize()
    return f"{kind} {entity.place.qualname or entity.short_name} ({entity.place})"
