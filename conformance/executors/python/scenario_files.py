"""The scenarios as source files of the Python SDK, and the tasks of the runtime level."""

import tempfile
from pathlib import Path
from typing import Final

from godwit.loader import PythonLoader
from godwit.types.registry import TypeRegistry
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.task_pb2 import TaskSpec

NO_SCENARIO: Final = "a scenario {}"
RUNTIME_FILE: Final = "runtime_tasks"


class ScenarioFiles:
    """Loads scenarios, each from a file of its name below the folder `scenarios`.

    Args:
        folder: what `scenarios` lies in.
        types: gives types and literals.
    """

    def __init__(self, folder: Path, types: TypeRegistry) -> None:
        self.root = folder / "scenarios"
        self._loader = PythonLoader(types)
        self._made_up = 0
        self._made_up_folder: tempfile.TemporaryDirectory[str] | None = None

    def bundle(self, name: str) -> Bundle | None:
        """Return the specs of a scenario; None where there is none of that name."""
        path = self.root / f"{name}.py"
        if not name.isidentifier() or not path.is_file():
            return None
        return self._loader.load(path, project=None, domain=None).registration().bundle

    def authored(self, source: str) -> Bundle:
        """Return the specs of *source*, which is written to a file of its own."""
        if self._made_up_folder is None:
            self._made_up_folder = tempfile.TemporaryDirectory(prefix="made-up-")
        self._made_up += 1
        path = Path(self._made_up_folder.name) / f"made_up_{self._made_up}.py"
        path.write_text(source, encoding="utf-8")
        return self._loader.load(path, project=None, domain=None).registration().bundle

    def runtime_task(self, name: str) -> TaskSpec | None:
        """Return the spec of a task of the runtime level; None where there is none of that name."""
        bundle = self.bundle(RUNTIME_FILE)
        tasks = bundle.tasks if bundle is not None else ()
        return next((task for task in tasks if task.id.name == f"{RUNTIME_FILE}.{name}"), None)
