"""Cache versions of tasks, from their source."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from godwitidl.core.v1.bundle_pb2 import Bundle, CodePart, ResolvedCacheVersion
from godwitidl.core.v1.task_pb2 import TaskSpec

from godwit.code_versions.parts import PartsTable, code_parts
from godwit.code_versions.reach import Reach, Reader


class CodeVersions:
    """Makes the cache versions of a project's tasks. Reads each file once: meant for one registration."""

    def __init__(self, root: Path) -> None:
        """*root*: folder of the project."""
        self._root = root.resolve()
        self._readers: dict[Path, Reader] = {}

    def version(self, import_folder: str, module: str, qualname: str) -> str:
        """Return the version of the task *qualname* in *module*: `auto-` and 32 hexadecimal digits.

        It changes whenever code that the task can reach does; layout and comments do not count. It is the same for the
        same code in any folder, on any machine, by interpreters of one minor version.

        Args:
            import_folder: folder that *module* is imported from, relative to the root; empty: it is installed.
            module: dotted name, as imported from there.
            qualname: name within the module.
        """
        return self.version_and_parts(import_folder, module, qualname)[0]

    def version_and_parts(self, import_folder: str, module: str, qualname: str) -> tuple[str, list[CodePart]]:
        """Return the version, and what it was made of, for people; see `version`."""
        lines, parts = self._read(import_folder, module, qualname)
        return "auto-" + hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:32], parts

    def describe(self, import_folder: str, module: str, qualname: str) -> list[str]:
        """Return what the version is made of, as lines."""
        return self._read(import_folder, module, qualname)[0]

    def _read(self, import_folder: str, module: str, qualname: str) -> tuple[list[str], list[CodePart]]:
        folder = (self._root / import_folder).resolve()
        reader = self._readers.get(folder)
        if reader is None:
            reader = self._readers[folder] = Reader(self._root, folder)
        interpreter = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"
        reach = Reach(reader)
        lines = reach.of(module, qualname.partition(".")[0])
        facts = [line for line in lines if not line.startswith("statement ")]
        return [interpreter, *lines], code_parts(interpreter, reach.statements(), facts)


def resolved_versions(
    bundle: Bundle, names: Sequence[str], root: Path
) -> tuple[list[ResolvedCacheVersion], list[CodePart]]:
    """Return what the cache version `auto` stands for, of each of the tasks *names* of *bundle*, and the code parts.

    Of a task without a program its payload is all there is to read. Programs in other languages are left out.
    """
    versions = CodeVersions(root)
    table = PartsTable()
    wanted = set(names)
    resolved = []
    for task in bundle.tasks:
        if task.id.name not in wanted:
            continue
        if len(task.program.arguments) == 3:
            version, made_of = versions.version_and_parts(*task.program.arguments)
        elif not task.HasField("program"):
            version, made_of = _payload_version(task), []
        else:
            continue
        resolved.append(ResolvedCacheVersion(task=task.id.name, version=version, parts=table.positions(made_of)))
    return resolved, table.messages()


def _payload_version(task: TaskSpec) -> str:
    """Return the version of a task without a program. Where it runs counts: the same payload may mean two things."""
    kept = TaskSpec(backend=task.backend, payload=task.payload)
    return "auto-" + hashlib.sha256(kept.SerializeToString(deterministic=True)).hexdigest()[:32]
