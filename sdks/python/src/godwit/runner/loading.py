"""Tasks by the three arguments that their specs carry: import folder, module, and name in the module."""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1.task_pb2 import TaskSpec

from godwit.tasks import Task
from godwit.types.registry import TypeRegistry

_ARGUMENTS: Final = 3


class TaskLoadError(GodwitError):
    """A task's module cannot be imported, or holds no such task."""

    code = "TASK_LOAD_FAILED"


class LoadedTask:
    """A task that is ready to be called.

    Attributes:
        function: what is called.
        is_async: whether it is an `async def`.
        inputs: codec of each input, by name.
        outputs: name and codec of each output, in order.
        environment: variables for the time of a call.
        secret_groups: group of each declared secret, by name; None where it has none.
        secret_variables: variable, name and group of each secret that is put into the environment.
        spec: the task's.
        source_root: folder under which its source lies; empty: it is installed.
        payload: full name of the message that is its payload; empty: it has none.
    """

    __slots__ = (
        "_signature",
        "environment",
        "function",
        "inputs",
        "is_async",
        "outputs",
        "payload",
        "secret_groups",
        "secret_variables",
        "source_root",
        "spec",
    )

    def __init__(self, task: Task[..., Any], spec: TaskSpec, source_root: str, types: TypeRegistry) -> None:
        signature = task.signature
        self.function = task.function
        self.is_async = task.is_async
        self._signature = signature
        self.inputs = {item.name: types.codec(item.annotation) for item in signature.parameters}
        self.outputs = tuple((item.name, types.codec(item.annotation)) for item in signature.outputs)
        self.environment = {item.name: item.value for item in spec.environment}
        self.secret_groups = {item.name: item.group or None for item in spec.secrets}
        self.secret_variables = [
            (item.environment_variable, item.name, item.group or None)
            for item in spec.secrets
            if item.environment_variable
        ]
        self.spec = spec
        self.source_root = source_root
        self.payload = spec.payload.type_url.rpartition("/")[2]

    def unpack(self, value: Any) -> tuple[Any, ...]:
        """Return one value for each output.

        Raises:
            OutputMismatch: the function returned something of another shape.
        """
        return self._signature.unpack(value)


def load_task(spec: TaskSpec, source_root: str, types: TypeRegistry) -> LoadedTask:
    """Import a task's module and return the task.

    Raises:
        TaskLoadError: it cannot be imported, or is no task; the cause is what the import raised.
    """
    arguments = spec.program.arguments
    if len(arguments) != _ARGUMENTS:
        raise TaskLoadError(
            f"Task {spec.id.name} is to be run with {len(arguments)} arguments; expected import folder, module, name."
        )
    folder, module_name, qualified_name = arguments
    # Without an import folder the module is installed, and found as it is.
    root = Path(source_root, folder) if source_root and folder else None
    _make_importable(root)
    found = _find(spec, module_name, qualified_name, root)
    if not isinstance(found, Task):
        raise TaskLoadError(
            f"{qualified_name} in module {module_name} is no task but {type(found).__qualname__}.",
            hint="Decorate the function with @task; register again after changing it.",
        )
    try:
        loaded = LoadedTask(found, spec, source_root, types)
    except GodwitError as error:
        raise TaskLoadError(f"Task {spec.id.name}: {error.message}", hint=error.hint) from error
    _check_outputs(spec, loaded)
    return loaded


def _make_importable(folder: Path | None) -> None:
    if folder is not None and (entry := str(folder)) not in sys.path:
        sys.path.insert(0, entry)
        importlib.invalidate_caches()


def _find(spec: TaskSpec, module_name: str, qualified_name: str, root: Path | None) -> Any:
    try:
        found: Any = importlib.import_module(module_name)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | GeneratorExit):
            raise
        raise TaskLoadError(
            f"Task {spec.id.name}: importing {module_name} raised {type(error).__name__}: {error}",
            hint="Run the module alone: what it imports must be there where tasks run.",
        ) from error
    if root is not None:
        _check_origin(found, module_name, root)
    try:
        for part in qualified_name.split("."):
            found = getattr(found, part)
    except AttributeError:
        raise TaskLoadError(
            f"Task {spec.id.name}: module {module_name} has no {qualified_name}.",
            hint="Define tasks at the top level of a module; register again after renaming one.",
        ) from None
    return found


def _check_origin(module: ModuleType, name: str, root: Path) -> None:
    """Check that *module* is the one below *root*, and no other of the same name that was imported before."""
    path = root.joinpath(*name.split("."))
    came = getattr(module, "__file__", None)
    for expected in (path.with_suffix(".py"), path / "__init__.py"):
        if came and expected.is_file() and Path(came).is_file() and not expected.samefile(came):
            raise TaskLoadError(
                f"Module {name} is that of {came} in this process; expected {expected}.",
                hint="Rename the file: another module has its name, in the standard library or in another folder.",
            )


def _check_outputs(spec: TaskSpec, loaded: LoadedTask) -> None:
    declared = [item.name for item in spec.interface.outputs]
    current = [name for name, _ in loaded.outputs]
    if declared != current:
        raise TaskLoadError(
            f"Task {spec.id.name} was registered with the outputs {', '.join(declared) or 'none'}; "
            f"its source now has {', '.join(current) or 'none'}.",
            hint="Register it again.",
        )
