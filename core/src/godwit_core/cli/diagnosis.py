"""Checks of an installation and a home folder. Each gives findings; none changes anything."""

import importlib.metadata
import os
import platform
import select
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.manifest import API_VERSION, Kind
from godwit_plugin_api.programs import Programs
from godwitidl.runner.v1.runner_pb2 import Report

from godwit_core.backends.processes import RunnerStart, start_runner
from godwit_core.cli.session import Session
from godwit_core.cli.store_access import is_served, opened_store
from godwit_core.cli.tables import size_text
from godwit_core.runtime import lease
from godwit_core.runtime.clock import SystemClock
from godwit_core.runtime.configuration import read_configuration
from godwit_core.store import engines, executions, reading

RUNNER_DEADLINE_S = 20.0
LITTLE_SPACE = 200_000_000
"""Free bytes from which a disk is held to be full soon."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    ok: bool
    message: str
    hint: str = ""


def diagnose(session: Session) -> list[Finding]:
    """Return the findings of all checks."""
    return [
        *_versions(),
        *_home(session.home),
        *_storage(session),
        *_database(session),
        *_plugins(session),
        *_programs(session),
        *_runners(session),
    ]


def _versions() -> Iterator[Finding]:
    names = ("godwit", "godwit-core", "godwit-plugin-api", "godwit-idl", "protobuf", "click")
    found = []
    for name in names:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    yield Finding("python", ok=True, message=f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Finding("versions", ok=True, message=f"{', '.join(found)}; plugin API {API_VERSION}")
    yield Finding("sqlite", ok=sqlite3.sqlite_version_info >= (3, 34), message=sqlite3.sqlite_version)


def _home(home: Path) -> Iterator[Finding]:
    place = home.absolute()
    there = next((folder for folder in (place, *place.parents) if folder.exists()), Path("/"))
    state = "is there" if there == place else "will be made when something is run"
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        yield Finding("home", ok=True, message=f"{place} {state}")
    else:
        what = "cannot be written" if there == place else f"cannot be made in {there}"
        yield Finding("home", ok=False, message=f"{place} {what}", hint="Give a --home that this user may write to.")
    free = shutil.disk_usage(there).free
    hint = "" if free >= LITTLE_SPACE else "Free some space: `godwit gc` deletes what nothing refers to."
    yield Finding("disk", ok=not hint, message=f"{size_text(free)} free", hint=hint)


def _storage(session: Session) -> Iterator[Finding]:
    """Find out whether the storage of values can be written, where it is outside of the home."""
    try:
        uri = read_configuration(session.home.absolute()).storage
        if not uri:
            return
        persistence = session.registry().create(Kind.PERSISTENCE, uri.partition("://")[0])
        probe = f"{uri.rstrip('/')}/.godwit-probe-{os.getpid()}"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "probe")
            file.write_bytes(b"godwit")
            persistence.put_file(file, probe)
        persistence.delete(probe)
    except GodwitError as error:
        yield Finding("storage", ok=False, message=error.message, hint=error.hint)
    else:
        yield Finding("storage", ok=True, message=f"{uri} can be written")


def _database(session: Session) -> Iterator[Finding]:
    if not session.database.exists():
        yield Finding("database", ok=True, message="none yet")
        return
    try:
        with opened_store(session) as connection:
            faults, count = reading.find_faults(connection), reading.count_executions(connection)
            waiting, served = _unheld(connection), is_served(connection)
    except GodwitError as error:
        yield Finding("database", ok=False, message=error.message, hint=error.hint)
        return
    size = size_text(session.database.stat().st_size)
    if faults:
        hint = "Move it away, or restore a copy."
        yield Finding("database", ok=False, message=f"damaged: {'; '.join(faults)}", hint=hint)
    else:
        yield Finding("database", ok=True, message=f"{size}, {count} executions")
        yield _waiting(waiting, served=served)


def _unheld(connection: sqlite3.Connection) -> int:
    """Return how many executions no living engine holds that have not ended."""
    held = engines.count_held(connection)
    dead = [row.id for row in engines.list_all(connection) if not lease.is_alive(row, SystemClock())]
    return executions.count_waiting(connection) + sum(held.get(key, 0) for key in dead)


def _waiting(count: int, *, served: bool) -> Finding:
    if not count:
        return Finding("engines", ok=True, message="every execution under way is held by an engine that lives")
    hint = "" if served else "Start an engine that takes them: godwit engine run"
    takers = "an engine will take them" if served else "and no engine takes them"
    return Finding("engines", ok=True, message=f"{count} executions are held by no engine, {takers}", hint=hint)


def _plugins(session: Session) -> Iterator[Finding]:
    try:
        registry = session.registry()
    except GodwitError as error:
        yield Finding("plugins", ok=False, message=error.message, hint=error.hint)
        return
    if not registry.problems:
        yield Finding("plugins", ok=True, message=", ".join(plugin.label for plugin in registry.plugins))
    for problem in registry.problems:
        yield Finding("plugins", ok=False, message=problem.message, hint=problem.hint)


def _runners(session: Session) -> Iterator[Finding]:
    try:
        records = session.registry().records(Kind.ENTITY_LOADER)
    except GodwitError:
        return
    for record in records:
        if record.prestart:
            yield _runner(record.key, record.prestart)


def _programs(session: Session) -> Iterator[Finding]:
    """Say what programs that run tasks are on this host."""
    try:
        registry = session.registry()
    except GodwitError:
        return
    for record in registry.records(Kind.PROGRAM):
        try:
            arguments = Programs(lambda: registry).fill([f"{{{record.key}}}"])
        except GodwitError as error:
            yield Finding(f"program {record.key}", ok=False, message=error.message, hint=error.hint)
        else:
            yield Finding(f"program {record.key}", ok=True, message=" ".join(arguments))


def _runner(key: str, command: tuple[str, ...]) -> Finding:
    """Start a runner, wait for its first message, and end it."""
    check = f"runner {key}"
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            runner = start_runner(RunnerStart(command, Programs().fill(command)), Path(folder), "check", os.environ)
        except GodwitError as error:
            return Finding(check, ok=False, message=error.message, hint=error.hint)
        except OSError as error:
            return Finding(check, ok=False, message=f"cannot be started: {error}", hint="Install it again.")
        try:
            ready, _, _ = select.select([runner.descriptor], [], [], RUNNER_DEADLINE_S)
            frames = (runner.receive() or []) if ready else []
        finally:
            runner.close()
            runner.reap(block=True)
        if not frames:
            written = (Path(folder) / "check.log").read_text(errors="replace").strip().splitlines()
            return Finding(check, ok=False, message=f"said nothing; it wrote: {(written or ['nothing'])[-1]}")
    hello = Report.FromString(frames[0]).hello
    return Finding(check, ok=True, message=f"{hello.sdk} answers after {time.monotonic() - begin:.2f} s")
