"""Tasks of jars, made of their specs."""

from pathlib import Path
from typing import Any

from godwit.annotation import near
from godwit.contract_annotations import signature_of
from godwit.elsewhere import SpecifiedTask
from godwit.errors import DeclarationError
from godwit.places import Place
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.task_pb2 import TaskSpec

from godwit_jvm.jars import digest_of, read_bundle


def task_of(name: str, path: Path, place: Place) -> SpecifiedTask[Any]:
    """Return the task of that name in the jar at *path*, named at *place*; see `task`."""
    spec = _find(read_bundle(path), name, path)
    return SpecifiedTask(
        spec,
        signature_of(spec.interface, spec.id.name),
        source_root=str(path),
        code_version=digest_of(path),
        place=place._replace(qualname=spec.id.name.rpartition(".")[2], imported=False),
    )


def _find(bundle: Bundle, name: str, path: Path) -> TaskSpec:
    exact = [spec for spec in bundle.tasks if spec.id.name == name]
    found = exact or [spec for spec in bundle.tasks if name in _names(spec)]
    if len(found) == 1:
        return found[0]
    known = [spec.id.name for spec in bundle.tasks]
    if found:
        raise DeclarationError(
            f"{name} is the name of {len(found)} tasks of {path}: {', '.join(spec.id.name for spec in found)}.",
            hint="Give the full name of one.",
            code="UNKNOWN_ENTITY",
        )
    raise DeclarationError(f"{path} declares no task {name}.{near(name, known)}", code="UNKNOWN_ENTITY")


def _names(spec: TaskSpec) -> set[str]:
    """Return the short names of a task: the last part of its own, and the class that its runner looks into."""
    return {spec.id.name.rpartition(".")[2], *spec.program.arguments[:1]}
