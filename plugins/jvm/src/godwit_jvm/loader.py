"""The loader of jars: a jar becomes the tasks, workflows and launch plans that are declared in it."""

import functools
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

from godwit.location import project_name, project_root
from godwit_plugin_api.spec_source import SpecSource
from godwitidl.core.v1.bundle_pb2 import Bundle, Registration
from godwitidl.rules.blocks import nodes_in

from godwit_jvm.jars import digest_of, read_bundle

AUTO: Final = "auto"
PART_KIND: Final = "archive"
_DEFAULT_DOMAIN: Final = "development"
_SHOWN_DIGITS: Final = 16


class JarLoader:
    """Loads `.jar` files. See `EntityLoader`."""

    def load(self, path: Path, *, project: str | None, domain: str | None) -> SpecSource:
        """Return the entities of a jar. Its project is found as that of a Python file in the same place."""
        return SpecSource(path, registration_of(path, project=project, domain=domain))

    def refreshed(self, registration: Registration) -> Registration:
        """Return *registration* with the versions of its jars as they lie there now; one that is gone keeps its own."""
        fresh = Registration()
        fresh.CopyFrom(registration)
        roots = {source.task: source.source_root for source in registration.task_sources}
        digest = functools.cache(digest_of)
        for cached in fresh.cache_versions:
            cached.version = _current(roots.get(cached.task, fresh.source_root), digest) or cached.version
        for other in fresh.code_versions:
            other.version = _current(roots.get(other.task, fresh.source_root), digest) or other.version
        return fresh


def _current(root: str, digest: Callable[[Path], str]) -> str:
    """Return the digest of the jar at *root* as it is now; empty where there is none."""
    return digest(Path(root)) if root.endswith(".jar") and Path(root).is_file() else ""


def registration_of(path: Path, *, project: str | None = None, domain: str | None = None) -> Registration:
    """Return the specs of a jar with what depends on where it lies.

    Raises:
        GodwitError: it cannot be read, or declares nothing.
    """
    bundle = read_bundle(path)
    digest = digest_of(path)
    registration = Registration(
        bundle=bundle,
        project=project or project_name(project_root(path)),
        domain=domain or _DEFAULT_DOMAIN,
        version=sha256(bundle.SerializeToString(deterministic=True)).hexdigest(),
        source_root=str(path.resolve()),
        sdk="godwit-jvm/0.1.0",
    )
    auto, uncached = cached_by(bundle)
    if auto:
        registration.code_parts.add(kind=PART_KIND, name=path.name, state=digest[:_SHOWN_DIGITS])
    for task in sorted(auto):
        registration.cache_versions.add(task=task, version=digest, parts=[0])
    for task in sorted(uncached):
        registration.code_versions.add(task=task, version=digest)
    return registration


def cached_by(bundle: Bundle) -> tuple[set[str], set[str]]:
    """Return the names of the tasks that are cached by the version `auto` somewhere, and those of uncached ones."""
    auto = {task.id.name for task in bundle.tasks if task.cache.version == AUTO}
    uncached = {task.id.name for task in bundle.tasks if not task.HasField("cache")}
    known = {task.id.name for task in bundle.tasks}
    for workflow in bundle.workflows:
        for node in nodes_in(workflow.body):
            for call in (node.call, node.map):
                name = call.target.task.name
                if name in known and call.overrides.cache.version == AUTO:
                    auto.add(name)
                if name in known and call.overrides.HasField("cache_enabled") and not call.overrides.cache_enabled:
                    uncached.add(name)
    return auto, uncached
