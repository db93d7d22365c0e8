"""One turn's changes, written in one transaction; the lease is checked first, and everything stands or nothing does."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.digest import literal_digest

from godwit_core.engine.events import Evict, Release, Remember
from godwit_core.engine.maps import take_records
from godwit_core.engine.state import Execution, has_changes
from godwit_core.runtime import history, lease
from godwit_core.runtime.announcements import Announcements, Stored
from godwit_core.runtime.blobs import references_in
from godwit_core.store import cache, claims, commands, engines, executions, histories, map_items, nodes, packing
from godwit_core.store.cache import CacheRow
from godwit_core.store.connection import transaction


@dataclass(slots=True, eq=False, repr=False)
class Turn:
    """What one turn of the loop must store, beside the changes that the executions carry themselves.

    Attributes:
        results: what is to be put into the cache, and what of it is let go.
        commands: ids of commands that were carried out.
        lease_until_us: new end of the lease; 0: as it is.
    """

    results: list[tuple[Execution, Remember | Evict | Release]]
    commands: list[int]
    lease_until_us: int = 0


def write(
    connection: sqlite3.Connection,
    engine: int,
    changed: Sequence[Execution],
    turn: Turn,
    announcements: Announcements,
    now_us: int,
) -> Stored:
    """Store the changes of *changed* and *turn*, and return the events that were stored.

    Raises:
        LeaseLost: another engine has taken over, or holds one of *changed*; nothing is written.
        sqlite3.Error: nothing is written.
    """
    with transaction(connection):
        lease.check(connection, engine)
        lease.check_held(connection, engine, [(one.id, one.name) for one in changed if has_changes(one)])
        stored = [_write_execution(connection, execution) for execution in changed]
        for execution, result in turn.results:
            _write_result(connection, execution, result, now_us)
        if turn.commands:
            commands.delete(connection, turn.commands)
        if turn.lease_until_us:
            engines.renew(connection, engine, turn.lease_until_us)
        announcements.note(engine, stored)
    return stored


def _write_result(
    connection: sqlite3.Connection, execution: Execution, result: Remember | Evict | Release, now_us: int
) -> None:
    node = result.node
    if isinstance(result, Remember):
        cache.put(connection, cache_row(execution, result, now_us))
    elif isinstance(result, Evict):
        cache.evict(connection, node.cache_key)
    else:
        claims.delete(connection, execution.id, node.number, node.item)


def _write_execution(connection: sqlite3.Connection, execution: Execution) -> tuple[Execution, int, bytes]:
    data = b""
    if execution.new_scopes:
        executions.add_scopes(connection, execution)
    for node in execution.dirty_maps.values():
        if node.map is not None and (records := take_records(node.map)):
            map_items.insert(connection, execution.id, node.number, node.map.rows, records)
            node.map.rows += 1
    if execution.dirty:
        nodes.upsert(connection, execution.id, execution.dirty.values())
    if execution.history:
        data = history.encode(execution.history, execution.sequence)
        execution.sequence += len(execution.history)
        histories.append(connection, execution.id, execution.sequence, data)
        execution.history.clear()
    if execution.changed:
        outputs = None if execution.outputs is None else packing.pack(execution.outputs)
        executions.update(connection, execution, outputs)
    return execution, execution.sequence, data


def cache_row(execution: Execution, result: Remember, now_us: int) -> CacheRow:
    """Return the row of a node's result."""
    node, outputs = result.node, result.outputs
    task = node.plan.task
    assert task is not None, "only tasks are cached"
    assert task.cache is not None, "only cached tasks are remembered"
    return CacheRow(
        key=node.cache_key,
        project=execution.project,
        domain=execution.domain,
        task=task.name,
        version=task.cache.version,
        interface=task.cache.interface_digest,
        inputs=input_digests(result.inputs, task.cache.ignored_inputs),
        outputs=packing.pack(outputs),
        uris="\n".join(sorted({uri for value, _ in outputs.values() for uri in uris_of(Literal.FromString(value))})),
        execution=execution.id,
        node=node.number,
        created_us=now_us,
    )


def input_digests(inputs: bytes, ignored: frozenset[str]) -> str:
    """Return the digest of each input that counts, as `name:hex` separated by spaces, sorted."""
    named = NamedLiterals.FromString(inputs).values
    return " ".join(sorted(f"{one.name}:{literal_digest(one.value).hex()}" for one in named if one.name not in ignored))


def uris_of(literal: Literal) -> list[str]:
    """Return the uri of every blob that *literal* refers to."""
    return [str(getattr(one, str(one.WhichOneof("kind"))).uri) for one in references_in(literal)]
