"""Tasks of jars as nodes of Python workflows."""

import os
from pathlib import Path
from typing import Any

from godwit import Task
from godwit.annotation import near
from godwit.contract_annotations import signature_of
from godwit.elsewhere import SpecifiedTask
from godwit.errors import DeclarationError
from godwit.places import place_of_caller
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.task_pb2 import TaskSpec

from godwit_jvm.jars import digest_of, read_bundle


def task(name: str, *, jar: str | os.PathLike[str]) -> Task[..., Any]:
    """Return a task of a jar: `greet = godwit_jvm.task("dev.example.greet", jar="greetings.jar")`.

    It is called in workflows as any other task: its inputs and outputs are read from the jar, without a Java virtual
    machine where the jar holds its specs, and the compiler checks their types. What it gives is a promise of its one
    output, or a tuple with a field for each of several.

    Args:
        name: full name of the task; its last part, or the name of the class that declares it alone, will do.
        jar: path of the jar; a relative one is relative to the file of the caller.

    Raises:
        GodwitError: the jar cannot be read, or has no such task.
    """
    place = place_of_caller()
    path = _resolved(Path(jar), place.namespace.get("__file__"))
    spec = _find(read_bundle(path), name, path)
    return SpecifiedTask(
        spec,
        signature_of(spec.interface, spec.id.name),
        source_root=str(path),
        code_version=digest_of(path),
        place=place._replace(qualname=spec.id.name.rpartition(".")[2], imported=False),
    )


def _resolved(jar: Path, file: str | None) -> Path:
    folder = Path(file).resolve().parent if file else Path.cwd()
    return (folder / jar).resolve()


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
