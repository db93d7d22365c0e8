"""Why a node's result was in the cache, or was not."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.bundle_pb2 import Registration

from godwit_core.cli.code_changes import CodeChange, code_changes
from godwit_core.cli.stored_executions import StoredExecution
from godwit_core.compiler.settings import AUTO
from godwit_core.engine.bindings import encode_named, resolve
from godwit_core.engine.cache_comparison import Difference, KeyParts, compare, nearest, parse_inputs
from godwit_core.engine.phases import CacheStatus, NodePhase
from godwit_core.engine.state import Node
from godwit_core.runtime.writing import input_digests
from godwit_core.store import collection, executions, reading
from godwit_core.store.cache import CacheRow

_CODE_VERSION_LENGTH = len(AUTO) + 1 + 32


@dataclass(frozen=True, slots=True)
class Explanation:
    """What can be said of one node and the cache.

    Attributes:
        reason: one sentence.
        nearest: the nearest earlier entry of the task; None when there is none.
        nearest_execution: name of the execution that computed it; empty when that has been deleted.
        differences: in what its key differs from the node's.
        same: names of the parts that do not.
        code: what of the code differs, where the version is made from it and differs; None: nobody knows.
    """

    execution: str
    node: str
    task: str
    cache: str
    reason: str
    nearest: CacheRow | None = None
    nearest_execution: str = ""
    differences: Sequence[Difference] = ()
    same: Sequence[str] = ()
    code: Sequence[CodeChange] | None = ()


def explain_node(connection: sqlite3.Connection, stored: StoredExecution, path: str) -> Explanation:
    """Return the explanation for one node.

    Raises:
        InvalidInput: there is no such node, or it has not come so far that it had a key.
    """
    node = stored.node(path)
    task = node.plan.task
    name = task.name if task is not None else node.plan.name
    if task is None or task.cache is None:
        reason = "The task is not cached: give it cache=Cache(version=…)." if task else "Sub-workflows are not cached."
        return Explanation(stored.row.name, node.path, name, CacheStatus.DISABLED.name, reason)
    if node.phase in {NodePhase.PENDING, NodePhase.SKIPPED}:
        message = f"Node {node.path} never had its inputs: {node.phase.name}."
        raise InvalidInput(message, hint="See it with `godwit executions show`.", code="NOT_REACHED")
    ours = key_parts(stored, node)
    entries = [
        row
        for row in collection.list_cache(connection, task.name)
        if (row.execution, row.node) != (stored.row.id, node.number) and row.created_us <= node.ready_us
    ]
    position = nearest(ours, [row_parts(row) for row in entries])
    if position is None:
        reason = "There is no earlier entry of this task: it is the first, or the others were evicted or replaced."
        return Explanation(stored.row.name, node.path, name, node.cache.name, reason)
    row = entries[position]
    theirs = row_parts(row)
    differences = compare(ours, theirs)
    changed = {one.part for one in differences}
    return Explanation(
        stored.row.name,
        node.path,
        name,
        node.cache.name,
        _reason(node, len(differences), reading.execution_name(connection, row.execution)),
        row,
        reading.execution_name(connection, row.execution),
        differences,
        [part for part in ours.named() if part not in changed],
        _changed_code(connection, stored, row, ours, theirs) if _is_made_from_code(ours, theirs) else (),
    )


def _is_made_from_code(ours: KeyParts, theirs: KeyParts) -> bool:
    prefix = f"{AUTO}-"
    return ours.version != theirs.version and ours.version.startswith(prefix) and theirs.version.startswith(prefix)


def _changed_code(
    connection: sqlite3.Connection, stored: StoredExecution, row: CacheRow, ours: KeyParts, theirs: KeyParts
) -> list[CodeChange] | None:
    """Return what of the code of a task differs from when *row* was computed; None when nobody knows any more."""
    earlier = reading.find_execution(connection, row.execution)
    if earlier is None:
        return None
    now, then = (
        Registration.FromString(executions.get_registration(connection, one.registration))
        for one in (stored.row, earlier)
    )
    changes = code_changes(now, then, row.task)
    beside = [CodeChange("setting", "environment or salt", _beside(ours), _beside(theirs))]
    return beside if changes == [] else changes


def _beside(parts: KeyParts) -> str:
    """Return what a version made from the code has beside that: a digest of the call's environment, the salt."""
    return parts.version[_CODE_VERSION_LENGTH:].replace("\0", " ").strip(" -")


def key_parts(stored: StoredExecution, node: Node) -> KeyParts:
    """Return what the key of a node with a cached task is made of."""
    task = node.plan.task
    assert task is not None, "only tasks have keys"
    assert task.cache is not None, "only cached tasks have keys"
    inputs = encode_named(resolve(node.scope, node.plan.inputs, stored.state.load).items())
    return KeyParts(
        stored.row.project,
        stored.row.domain,
        task.name,
        task.cache.version,
        task.cache.interface_digest.hex(),
        parse_inputs(input_digests(inputs, task.cache.ignored_inputs)),
    )


def row_parts(row: CacheRow) -> KeyParts:
    """Return what the key of a stored entry is made of."""
    return KeyParts(
        row.project, row.domain, row.task, row.version, bytes(row.interface).hex(), parse_inputs(row.inputs)
    )


def _reason(node: Node, differences: int, execution: str) -> str:
    entry = f"the entry of execution {execution}" if execution else "an entry whose execution has been deleted"
    if node.cache is CacheStatus.HIT:
        return f"The result was taken from {entry}."
    if node.cache is CacheStatus.OVERWRITTEN:
        return "The cache was not asked, by request; the result was stored all the same."
    if not differences:
        return f"The key is that of {entry}, which had expired, or whose data were gone."
    return f"The nearest earlier entry is {entry.removeprefix('the entry ')}; of its key differs:"
