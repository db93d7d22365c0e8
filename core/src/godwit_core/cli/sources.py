"""Source files, loaded by the plugin for their kind."""

import contextlib
import sys
from pathlib import Path

from godwit_plugin_api.entity_loader import EntityLoader, EntitySummary, Source
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.first_party import LOADERS
from godwit_plugin_api.manifest import Kind, Record
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.interface_pb2 import Interface

from godwit_core.cli.session import Session
from godwit_core.compiler.launch_plans import launch_plan_interface
from godwit_core.loaders.joined import JoinedSource, OtherSource, RootedSource


def find_loader(session: Session, path: Path) -> Record:
    """Return the record of the loader for *path*.

    Raises:
        InvalidInput: the file is not there or cannot be read, or no plugin loads such files.
    """
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise InvalidInput(message, hint="Check the path.", code="SOURCE_UNREADABLE") from None
    record = session.registry().find(Kind.ENTITY_LOADER, path.suffix)
    if record is None:
        known = ", ".join(one.key for one in session.registry().records(Kind.ENTITY_LOADER))
        message = f"No plugin loads files that end with {path.suffix!r}; known are: {known or 'none'}."
        hint = f"Run: pip install {LOADERS[path.suffix]}; " if path.suffix in LOADERS else ""
        hint += "`godwit plugins` lists what is installed."
        raise InvalidInput(message, hint=hint, code="UNKNOWN_SOURCE_KIND")
    return record


def load_source(session: Session, path: Path) -> Source:
    """Load *path*, with the files beside it for what it refers to. What they print meanwhile goes to standard error.

    Raises:
        GodwitError: one cannot be loaded.
    """
    main = _load(session, path)
    others = [OtherSource(str(one), _load(session, one)) for one in session.beside]
    return JoinedSource(main, others) if others else main


def _load(session: Session, path: Path) -> Source:
    find_loader(session, path)
    loader: EntityLoader = session.registry().create(Kind.ENTITY_LOADER, path.suffix)
    with contextlib.redirect_stdout(sys.stderr):
        source = loader.load(path, project=session.project, domain=session.domain)
    return source if session.source_root is None else RootedSource(source, str(session.source_root))


def refreshed(session: Session, registration: Registration) -> Registration:
    """Return an earlier registration with the versions of its code as it lies there now, as far as loaders can tell."""
    suffixes = {Path(task.source.file).suffix for task in registration.bundle.tasks if task.HasField("program")}
    suffixes |= {Path(root).suffix for root in (registration.source_root, *_own_roots(registration))}
    for suffix in sorted(suffixes):
        if suffix and session.registry().find(Kind.ENTITY_LOADER, suffix) is not None:
            loader: EntityLoader = session.registry().create(Kind.ENTITY_LOADER, suffix)
            registration = loader.refreshed(registration)
    return registration


def _own_roots(registration: Registration) -> list[str]:
    return [source.source_root for source in registration.task_sources]


def find_entity(source: Source, name: str) -> tuple[Registration, EntitySummary, Interface]:
    """Return the specs of an entity with all it refers to, what it is, and its interface.

    Raises:
        GodwitError: there is no such entity, or it cannot be serialized.
    """
    with contextlib.redirect_stdout(sys.stderr):
        registration = source.registration(name)
        matches = [one for one in source.entities() if name in {one.name, one.full_name}]
    summary = next((one for one in matches if one.full_name == name), matches[0])
    bundle = registration.bundle
    interfaces = {("task", spec.id.name): spec.interface for spec in bundle.tasks}
    interfaces |= {("workflow", spec.id.name): spec.interface for spec in bundle.workflows}
    for plan in bundle.launch_plans:
        workflow = interfaces.get(("workflow", plan.workflow.name), Interface())  # that it is missing, compiling tells
        interfaces["launch_plan", plan.id.name] = launch_plan_interface(plan, workflow)
    return registration, summary, interfaces[summary.kind, summary.full_name]
