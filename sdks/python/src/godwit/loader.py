"""The loader of Python source files: a file becomes the tasks, workflows and launch plans that stand in it."""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from godwit_plugin_api.entity_loader import EntitySummary
from godwit_plugin_api.errors import GodwitError, InvalidInput
from godwit_plugin_api.first_party import distribution_of_module
from godwit_plugin_api.loading import load_plugins
from godwitidl.core.v1.bundle_pb2 import Registration

from godwit.annotation import near
from godwit.code_registration import refreshed
from godwit.elsewhere import ReferencedTask
from godwit.entities import Entity, is_entity
from godwit.errors import DeclarationError
from godwit.location import import_folder, module_name, project_root
from godwit.serialization import documentation_of, full_name, registration_of
from godwit.types.registry import TypeRegistry

if TYPE_CHECKING:
    import traceback


class PythonLoader:
    """Loads `.py` files. Stateless but for its registry of types."""

    def __init__(self, types: TypeRegistry | None = None) -> None:
        """Without *types*, those of the installed plugins are used, which are looked up when a class asks for it."""
        self._types = types or TypeRegistry(load_plugins)

    def load(self, path: Path, *, project: str | None, domain: str | None) -> "PythonSource":
        """Import the file and return its entities; see `EntityLoader`."""
        return PythonSource(load_module(path), path, self._types, project=project, domain=domain)

    def refreshed(self, registration: Registration) -> Registration:
        """Return *registration* with the versions of the code as it lies there now; see `EntityLoader`."""
        return refreshed(registration)


class PythonSource:
    """A loaded file."""

    def __init__(
        self, module: ModuleType, path: Path, types: TypeRegistry, *, project: str | None, domain: str | None
    ) -> None:
        self._entities = declared_entities(module)
        self._path = path
        self._root = project_root(path)
        self._types = types
        self._project = project
        self._domain = domain

    def entities(self) -> Sequence[EntitySummary]:
        """Return the tasks, workflows and launch plans of the file itself, in its order."""
        return [
            EntitySummary(name, full_name(entity, self._root), entity.kind, documentation_of(entity).summary)
            for name, entity in self._entities.items()
        ]

    def registration(self, name: str | None = None) -> Registration:
        """Return the specs of one entity with all it refers to; of all without a name; see `Source`."""
        chosen = list(self._entities.values()) if name is None else [self._find(name)]
        return registration_of(chosen, root=self._root, types=self._types, project=self._project, domain=self._domain)

    def _find(self, name: str) -> Entity:
        if name in self._entities:
            return self._entities[name]
        for entity in self._entities.values():
            if full_name(entity, self._root) == name:
                return entity
        if not self._entities:
            raise InvalidInput(
                f"{self._path} declares no task or workflow.",
                hint="Decorate a function at the top of the file with @gw.task or @gw.workflow.",
                code="UNKNOWN_ENTITY",
            )
        raise InvalidInput(
            f"{self._path} declares no task or workflow {name}.{near(name, self._entities)}", code="UNKNOWN_ENTITY"
        )


def declared_entities(module: ModuleType) -> dict[str, Entity]:
    """Return the entities of *module* by name: those it declares in order, then those it imported."""
    own: dict[str, Entity] = {}
    imported: dict[str, Entity] = {}
    seen: set[int] = set()
    for name, value in vars(module).items():
        if not is_entity(value) or isinstance(value, ReferencedTask) or id(value) in seen:
            continue
        seen.add(id(value))
        (own if value.place.module == module.__name__ else imported)[name] = value
    return own | imported


class _FileLoader(SourceFileLoader):
    """Marks the modules that were loaded from a path given by a person, which may be replaced by another's."""


def load_module(path: Path) -> ModuleType:
    """Import the file at *path* under the name that runners import it by.

    Its import folder is put first on `sys.path` and stays there, as Python does for a script. A module that is there
    already is returned as it is.

    Raises:
        InvalidInput: the file cannot be read, hides another module, or fails on import; the traceback in the message
            has the lines of the user's code only.
    """
    file = path.resolve()
    if not file.is_file():
        raise InvalidInput(f"There is no file {path}.", hint="Check the path.", code="UNREADABLE_FILE")
    folder = import_folder(file)
    name = module_name(file, folder)
    known = sys.modules.get(name)
    if known is not None:
        if _file_of(known) == file:
            return known
        if not isinstance(getattr(known.__spec__, "loader", None), _FileLoader):
            raise InvalidInput(
                f"{path} would hide the module {name} that Python has loaded already.",
                hint="Rename the file.",
                code="MODULE_NAME_TAKEN",
            )
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location(name, file, loader=_FileLoader(name, str(file)))
    if spec is None or spec.loader is None:
        raise InvalidInput(f"{path} is no Python source file.", code="UNREADABLE_FILE")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        if known is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = known
        raise _load_error(path, file, error) from error
    return module


def _file_of(module: ModuleType) -> Path | None:
    file: Any = getattr(module, "__file__", None)
    return Path(file).resolve() if isinstance(file, str) else None


def _load_error(path: Path, file: Path, error: BaseException) -> BaseException:
    if isinstance(error, KeyboardInterrupt):
        return error
    if isinstance(error, OSError) and error.filename == str(file):
        return InvalidInput(f"{path} cannot be read: {error.strerror}.", code="UNREADABLE_FILE")
    if isinstance(error, DeclarationError):
        place = _own_frames(error, file)
        where = f"{path}:{place[-1].lineno}" if place else str(path)
        return InvalidInput(f"{where}: {error.message}", hint=error.hint, code=error.code)
    if isinstance(error, GodwitError):
        return error
    import linecache  # noqa: PLC0415 - this and the next: 2 ms that only errors need
    import traceback  # noqa: PLC0415 - as above

    frames = _own_frames(error, file)
    linecache.checkcache(str(file))
    lines = ["Traceback:", *(line.rstrip() for line in traceback.format_list(frames))] if frames else []
    lines += [line.rstrip() for line in traceback.format_exception_only(error)]
    hint = ""
    if isinstance(error, ModuleNotFoundError):
        distribution = distribution_of_module(error.name or "")
        hint = "Install what is missing into the environment that Godwit runs in"
        hint += f": pip install {distribution}" if distribution else "."
    return InvalidInput(f"{path} cannot be imported.\n" + "\n".join(lines), hint=hint, code="IMPORT_FAILED")


def _own_frames(error: BaseException, file: Path) -> "list[traceback.FrameSummary]":
    """Return the frames of *error* from the user's file inwards, without the import machinery."""
    import traceback  # noqa: PLC0415 - as above

    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen importlib")
    ]
    own = [index for index, frame in enumerate(frames) if Path(frame.filename).resolve() == file]
    package = str(Path(__file__).parent)
    return [frame for frame in frames[own[0] :] if not frame.filename.startswith(package)] if own else []
