"""Freeing what nothing refers to: blobs, logs, cached results without their blobs; and old executions, if asked.

Safe beside running engines: what is there is listed before the rows are read, so what an engine adds meanwhile is not
in the list; and nothing of an execution that has not ended is touched.
"""

import contextlib
import json
import os
import sqlite3
import struct
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.persistence import Persistence
from godwitidl.core.v1.values_pb2 import DataRef, Literal
from google.protobuf.message import DecodeError

from godwit_core.runtime import lease
from godwit_core.runtime.clock import SystemClock
from godwit_core.runtime.locations import Locations
from godwit_core.store import cache, collection, engines, packing, reading
from godwit_core.store.connection import transaction


@dataclass(slots=True)
class Collected:
    """What was freed, or would be.

    Attributes:
        executions: names of deleted executions.
        files: deleted blobs and logs.
        objects: uris of deleted blobs of the storage.
        size_bytes: their size.
        cache_entries: how many cached results were removed because their blobs are gone.
    """

    executions: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    size_bytes: int = 0
    cache_entries: int = 0


@dataclass(slots=True)
class _Kept:
    """What must stay.

    Blobs by path, or by uri where they lie elsewhere; folders of executions by name, logs by segment, folders of logs
    by engine, jobs by the names of their folders.
    """

    paths: set[Path] = field(default_factory=set)
    uris: set[str] = field(default_factory=set)
    executions: set[str] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    engines: set[str] = field(default_factory=set)
    jobs: set[str] = field(default_factory=set)


def collect(
    connection: sqlite3.Connection,
    locations: Locations,
    *,
    keep: int | None = None,
    ended_before_us: int | None = None,
    dry_run: bool = False,
    persistence: Persistence | None = None,
) -> Collected:
    """Free what nothing refers to, and return what that was.

    Args:
        connection: of the home's database.
        locations: of the home.
        keep: how many ended executions stay, the newest; None: all.
        ended_before_us: executions that ended earlier go, microseconds since the epoch; None: none.
        dry_run: only find out.
        persistence: of the storage where values are kept, if that is not the home.

    Raises:
        sqlite3.Error: the database failed; what was deleted before stays deleted, and nothing is inconsistent.
    """
    blobs, logs, jobs = _files(locations.blobs), _files(locations.logs), _files(locations.jobs)
    stored = list(persistence.list(locations.blobs_uri)) if persistence is not None else []
    with reading.snapshot(connection):
        doomed = _doomed(connection, keep, ended_before_us)
        kept = _references(connection, locations, set(doomed), persistence)
        broken = [key for key, uris in collection.cache_uris(connection) if not all(map(_is_there, uris))]
    garbage = [path for path in blobs if not _is_kept_blob(path, locations.blobs, kept)]
    garbage += [path for path in logs if not _is_kept_log(path, locations.logs, kept)]
    garbage += [path for path in jobs if not _is_kept_file_of_job(path, locations.jobs, kept)]
    lost = [
        (f"{locations.blobs_uri}/{quote(name)}", size)
        for name, size in stored
        if not _is_kept_object(name, locations, kept)
    ]
    size = sum(map(_size, garbage)) + sum(size for _, size in lost)
    collected = Collected(list(doomed.values()), garbage, [uri for uri, _ in lost], size, len(broken))
    if not dry_run:
        with transaction(connection):
            collection.delete_executions(connection, doomed)
            collection.delete_stale_commands(connection)
            for key in broken:
                cache.evict(connection, key)
        if persistence is not None:
            for uri in collected.objects:
                persistence.delete(uri)
        for path in garbage:
            _delete(path, (locations.blobs, locations.logs, locations.jobs))
    return collected


def _files(folder: Path) -> list[Path]:
    return [Path(root, name) for root, _, names in os.walk(folder) for name in names]


def _doomed(connection: sqlite3.Connection, keep: int | None, ended_before_us: int | None) -> dict[int, str]:
    """Return the executions that are to go: those that every given rule lets go."""
    if keep is None and ended_before_us is None:
        return {}
    rows = collection.finished(connection)[keep or 0 :]
    return {key: name for key, name, ended_us in rows if ended_before_us is None or ended_us < ended_before_us}


def _references(
    connection: sqlite3.Connection, locations: Locations, doomed: Collection[int], persistence: Persistence | None
) -> _Kept:
    kept = _Kept()
    kept.executions.update(name for _, name in collection.unfinished(connection))
    alive = [row.id for row in engines.list_all(connection) if lease.is_alive(row, SystemClock())]
    kept.engines.update(locations.engine_logs(key).name for key in alive)
    kept.jobs.update(_jobs_of(locations.jobs, kept.executions))
    kept.segments.update(f"jobs/{job}.log" for job in kept.jobs)
    for packed in collection.packed_values(connection, doomed):
        if b":/" not in packed:
            continue  # no uri: most values are small
        for value, _ in packing.unpack(packed).values():
            _keep_literal(Literal.FromString(value), kept, persistence)
    stay = [key for key, _ in collection.unfinished(connection)]
    stay += [key for key, _, _ in collection.finished(connection) if key not in doomed]
    for key in stay:
        for event in reading.list_events(connection, key):
            if event.HasField("attempt_finished") and event.attempt_finished.HasField("log"):
                kept.segments.add(event.attempt_finished.log.segment)
            if event.HasField("log_started"):
                kept.segments.add(event.log_started.log.segment)
            if event.attempt_finished.report:
                _keep_uri(event.attempt_finished.report, kept)
    return kept


def _jobs_of(folder: Path, executions: Collection[str]) -> Iterable[str]:
    """Yield the names of the folders of jobs (`godwit_plugin_api.supervision`) that belong to *executions*.

    A folder that does not say whose it is belongs to a job that is about to start.
    """
    for job in folder.iterdir() if folder.is_dir() else ():
        try:
            attempt = str(json.loads((job / "launch.json").read_text())["attempt"])
        except (OSError, ValueError, KeyError):
            yield job.name
            continue
        if attempt.partition("/")[0] in executions:
            yield job.name


def _keep_uri(uri: str, kept: _Kept) -> None:
    path = _path_of(uri)
    if path is not None:
        kept.paths.add(path)
    else:
        kept.uris.add(uri)


def _is_kept_file_of_job(path: Path, jobs: Path, kept: _Kept) -> bool:
    """Return whether a file is of a job that may go on, or the report of one that has ended."""
    return path.relative_to(jobs).parts[0] in kept.jobs or path in kept.paths


def _keep_literal(literal: Literal, kept: _Kept, persistence: Persistence | None) -> None:
    """Add the blobs that *literal* refers to, and those that what is stored elsewhere refers to in turn."""
    kind = literal.WhichOneof("kind")
    if kind in {"file", "directory", "table", "reference"}:
        uri = getattr(literal, kind).uri
        path = _path_of(uri)
        if uri in kept.uris or path in kept.paths:
            return
        _keep_uri(uri, kept)
        parts = _stored_parts(uri, path, persistence, literal.reference) if kind == "reference" else ()
    else:
        parts = _parts(literal, kind)
    for part in parts:
        _keep_literal(part, kept, persistence)


def _parts(literal: Literal, kind: str | None) -> Iterable[Literal]:
    if kind in {"list", "set"}:
        items: Iterable[Literal] = getattr(literal, kind).items
        return items
    if kind == "map":
        return [part for entry in literal.map.entries for part in (entry.key, entry.value)]
    if kind == "record":
        return [one.value for one in literal.record.fields]
    return [literal.union.value] if kind == "union" else []


def _stored_parts(
    uri: str, path: Path | None, persistence: Persistence | None, reference: DataRef
) -> Iterable[Literal]:
    """Return the literals that a blob holds: one, or the items of a list; none where it says no uri, or is gone."""
    if path is None and persistence is None:
        return []
    try:
        data = path.read_bytes() if path is not None else _fetched(uri, persistence)
        if b":/" not in data:
            return []
        if not reference.HasField("index"):
            return [Literal.FromString(data)]
        footer = reference.index.footer_offset
        offsets = struct.unpack(f">{reference.item_count + 1}Q", data[footer:])
        return [Literal.FromString(data[begin:end]) for begin, end in pairwise(offsets)]
    except (OSError, DataError, DecodeError, struct.error):
        return []


def _fetched(uri: str, persistence: Persistence | None) -> bytes:
    assert persistence is not None, "asked for by the caller"
    with persistence.open(uri) as stream:
        return stream.read()


def _path_of(uri: str) -> Path | None:
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme in {"file", ""} else None


def _is_there(uri: str) -> bool:
    path = _path_of(uri)
    return path is None or path.exists()


def _is_kept_blob(path: Path, root: Path, kept: _Kept) -> bool:
    if path.relative_to(root).parts[0] in kept.executions:
        return True
    return path in kept.paths or any(parent in kept.paths for parent in path.parents)


def _is_kept_object(name: str, locations: Locations, kept: _Kept) -> bool:
    """Return whether the object *name* of the storage, or a folder that it is in, is referred to."""
    parts = name.split("/")
    if parts[0] in kept.executions:
        return True
    return any(f"{locations.blobs_uri}/{quote('/'.join(parts[:end]))}" in kept.uris for end in range(1, len(parts) + 1))


def _is_kept_log(path: Path, root: Path, kept: _Kept) -> bool:
    place = path.relative_to(root)
    return place.parts[0] in kept.engines or place.as_posix() in kept.segments


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _delete(path: Path, roots: Collection[Path]) -> None:
    """Delete a file, and the folders that it leaves empty."""
    with contextlib.suppress(OSError):
        path.unlink()
        for parent in path.parents:
            if parent in roots:
                return
            parent.rmdir()
