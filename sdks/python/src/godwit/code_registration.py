"""The versions of code that stand in a registration beside the specs: of cached tasks, and of those that are not."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

from godwitidl.core.v1.bundle_pb2 import Bundle, Registration
from godwitidl.core.v1.task_pb2 import Program
from godwitidl.core.v1.workflow_pb2 import CallNode, MapNode
from godwitidl.rules.blocks import nodes_in

from godwit import code_versions
from godwit.elsewhere import SpecifiedTask
from godwit.settings import AUTO

_RUNNER = "godwit.runner"
"""Module of the runner of Python tasks, the last part of its command."""
_PLACE = ("import folder", "module", "name in it")
"""Arguments of the program of a Python task."""


def add_versions(registration: Registration, root: Path, *, only_cached: bool = False) -> None:
    """Put in what the cache version `auto` stands for, and the code versions of what no cache version speaks for.

    Args:
        registration: with its bundle; its tasks are those of the project in *root*.
        root: root folder of the project.
        only_cached: leave the code versions out, where nobody can ask for them.
    """
    bundle = registration.bundle
    foreign = foreign_tasks(bundle)
    if auto := _auto_cached(bundle) - foreign:
        versions, parts = code_versions.resolved_versions(bundle, sorted(auto), root)
        registration.cache_versions.extend(versions)
        registration.code_parts.extend(parts)
    uncached = set() if only_cached else _uncached(bundle) - foreign
    if not uncached:
        return
    code = code_versions.CodeVersions(root)
    for task in bundle.tasks:
        if task.id.name in uncached:
            registration.code_versions.add(task=task.id.name, version=code.version(*task.program.arguments))


def add_sources(registration: Registration, tasks: Sequence[SpecifiedTask[Any]]) -> None:
    """Put in where the source of tasks of other SDKs lies, and the versions of their code."""
    auto, uncached = _auto_cached(registration.bundle), _uncached(registration.bundle)
    for task in sorted(tasks, key=lambda one: one.given_name):
        registration.task_sources.add(task=task.given_name, source_root=task.source_root)
        if task.code_version and task.given_name in auto:
            part = len(registration.code_parts)
            file = PurePath(task.source_root).name
            registration.code_parts.add(kind="archive", name=file, state=task.code_version[:16])
            registration.cache_versions.add(task=task.given_name, version=task.code_version, parts=[part])
        if task.code_version and task.given_name in uncached:
            registration.code_versions.add(task=task.given_name, version=task.code_version)


def refreshed(registration: Registration) -> Registration:
    """Return a copy with the versions of the code as it lies there now; what lies there no more keeps those of then.

    Nothing is run.
    """
    fresh = Registration()
    fresh.CopyFrom(registration)
    root = Path(registration.source_root)
    if not registration.source_root or not root.is_dir():
        return fresh
    for name in ("cache_versions", "code_parts", "code_versions"):
        fresh.ClearField(name)
    add_versions(fresh, root)
    _keep(fresh, registration, foreign_tasks(fresh.bundle))
    gone = {task.id.name for task in fresh.bundle.tasks if not (root / task.source.file).is_file()}
    cached = {one.task: one.version for one in registration.cache_versions if one.task in gone}
    for entry in fresh.cache_versions:
        if entry.task in cached:
            entry.version = cached[entry.task]
            entry.ClearField("parts")
    uncached = {one.task: one.version for one in registration.code_versions if one.task in gone}
    for one in fresh.code_versions:
        one.version = uncached.get(one.task, one.version)
    return fresh


def foreign_tasks(bundle: Bundle) -> set[str]:
    """Return the names of the tasks whose program is none of Python."""
    return {task.id.name for task in bundle.tasks if task.HasField("program") and not _is_python(task.program)}


def _is_python(program: Program) -> bool:
    return program.command[-1:] == [_RUNNER] and len(program.arguments) == len(_PLACE)


def _keep(fresh: Registration, registration: Registration, tasks: set[str]) -> None:
    """Put in what an earlier registration says of the versions of *tasks*."""
    for entry in registration.cache_versions:
        if entry.task in tasks:
            first = len(fresh.code_parts)
            fresh.code_parts.extend(registration.code_parts[part] for part in entry.parts)
            fresh.cache_versions.add(
                task=entry.task, version=entry.version, parts=range(first, first + len(entry.parts))
            )
    fresh.code_versions.extend(entry for entry in registration.code_versions if entry.task in tasks)


def _auto_cached(bundle: Bundle) -> set[str]:
    """Return the names of the tasks that are cached by the version `auto` somewhere."""
    names = {task.id.name for task in bundle.tasks if task.cache.version == AUTO}
    return names | {call.target.task.name for call in _calls(bundle) if call.overrides.cache.version == AUTO}


def _uncached(bundle: Bundle) -> set[str]:
    """Return the names of the tasks with a program that go without a cache somewhere."""
    programs = {task.id.name for task in bundle.tasks if task.HasField("program")}
    names = {task.id.name for task in bundle.tasks if not task.HasField("cache")}
    for call in _calls(bundle):
        if call.overrides.HasField("cache_enabled") and not call.overrides.cache_enabled:
            names.add(call.target.task.name)
    return names & programs


def _calls(bundle: Bundle) -> Iterator[CallNode | MapNode]:
    for workflow in bundle.workflows:
        for node in nodes_in(workflow.body):
            yield from (node.call, node.map)
