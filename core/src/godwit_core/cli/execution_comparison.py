"""What differs between two executions: what they were started with, tasks, and node by node. Plain JSON values."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from godwit_plugin_api.errors import DataError
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.interface_pb2 import Input, Output

from godwit_core.cli.execution_reports import cache_name, values_json
from godwit_core.cli.stored_executions import StoredExecution
from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine.bindings import BindingError, resolve
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.state import Node, Values
from godwit_core.runtime.recovery import edited_tasks
from godwit_core.runtime.settings import NodeReport, Outcome

_UNBOUND = frozenset({NodePhase.PENDING, NodePhase.SKIPPED})


class Side(NamedTuple):
    """One of the two."""

    stored: StoredExecution
    registration: Registration
    outcome: Outcome


def compare(a: Side, b: Side) -> dict[str, Any]:
    """Return what differs between two executions; a value that one of them lacks is None."""
    return {
        "a": a.stored.row.name,
        "b": b.stored.row.name,
        "execution": _changes(_facts(a), _facts(b)),
        "inputs": _values(a, b, a.stored.state.inputs, b.stored.state.inputs, "inputs"),
        "tasks": _tasks(a, b),
        "nodes": list(_nodes(a, b)),
        "outputs": _values(a, b, a.outcome.outputs, b.outcome.outputs, "outputs"),
    }


def _changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = dict.fromkeys([*a, *b])
    return [{"name": name, "a": a.get(name), "b": b.get(name)} for name in names if a.get(name) != b.get(name)]


def _facts(side: Side) -> dict[str, Any]:
    row, registration = side.stored.row, side.registration
    return {
        "phase": row.phase.name,
        "entity": row.entity,
        "project": row.project,
        "domain": row.domain,
        "version": row.version,
        "code_version": registration.code_version or None,
        "environment": registration.environment_digest or None,
        "sdk": registration.sdk or None,
        "overwrite_cache": row.overwrite_cache,
        "run_what_can_run": row.run_what_can_run,
        "duration_s": round(side.outcome.duration_s, 6),
    }


def _values(a: Side, b: Side, ours: Values, theirs: Values, kind: str) -> list[dict[str, Any]]:
    """Return the inputs or outputs whose digests differ, with both values."""
    left: Sequence[Input | Output] = getattr(a.outcome.interface, kind)
    right: Sequence[Input | Output] = getattr(b.outcome.interface, kind)
    shown = values_json(ours, left), values_json(theirs, right)
    names = [name for name in dict.fromkeys([*ours, *theirs]) if _digest(ours, name) != _digest(theirs, name)]
    return [{"name": name, "a": shown[0].get(name), "b": shown[1].get(name)} for name in names]


def _digest(values: Values, name: str) -> bytes:
    return values[name][1] if name in values else b""


def _tasks(a: Side, b: Side) -> list[dict[str, Any]]:
    """Return the tasks whose specs or cache versions differ, or that only one has."""
    ours, theirs = _by_name(a), _by_name(b)
    found = []
    for name in dict.fromkeys([*ours, *theirs]):
        left, right = ours.get(name), theirs.get(name)
        if left and right and None in {left["code"], right["code"]}:
            left["code"] = right["code"] = None  # that of one is unknown
        if left != right:
            differs = [key for key in (left or right or {}) if (left or {}).get(key) != (right or {}).get(key)]
            found.append({"name": name, "differs": differs, "a": left, "b": right})
    return found


def _by_name(side: Side) -> dict[str, dict[str, str | None]]:
    """Return what can differ of each task: what decides its result, how it is tried, its cache version, its code."""
    codes = _codes(side)
    plans: dict[str, list[TaskPlan]] = {}
    for task in side.stored.state.plan.tasks:
        plans.setdefault(task.name, []).append(task)
    return {
        name: {
            "work": _joined(task.identity for task in tasks),
            "settings": _joined(task.encoded for task in tasks),
            "cache_version": ", ".join(sorted({_version(task) for task in tasks} - {""})) or None,
            "code": codes.get(name),
        }
        for name, tasks in plans.items()
    }


def _codes(side: Side) -> dict[str, str]:
    return {one.task: one.version for one in side.registration.code_versions}


def _version(task: TaskPlan) -> str:
    return task.cache.version.replace("\0", " ") if task.cache is not None else ""


def _joined(parts: Iterator[bytes]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in sorted(parts))).hexdigest()[:12]


def _nodes(a: Side, b: Side) -> Iterator[dict[str, Any]]:
    """Yield every node of the two, by path: how it stands in each, and in what it differs."""
    edited = edited_tasks(a.registration, b.registration)
    ours = _by_path(a)
    theirs = _by_path(b)
    for path in dict.fromkeys([*ours, *theirs]):
        left, right = ours.get(path), theirs.get(path)
        named = left or right
        assert named is not None, "one of the two has the node"
        yield {
            "id": path,
            "name": named[0].plan.name,
            "differs": _differences(a, b, edited, left, right),
            "a": None if left is None else _state(left[1]),
            "b": None if right is None else _state(right[1]),
        }


def _by_path(side: Side) -> dict[str, tuple[Node, NodeReport]]:
    pairs = zip(side.stored.state.nodes, side.outcome.nodes, strict=True)
    return {report.id: (node, report) for node, report in pairs}


def _state(report: NodeReport) -> dict[str, Any]:
    return {
        "phase": report.phase.name,
        "cache": cache_name(report),
        "attempts": report.attempts,
        "duration_s": round(report.duration_s, 6),
    }


def _differences(
    a: Side,
    b: Side,
    edited: frozenset[str],
    left: tuple[Node, NodeReport] | None,
    right: tuple[Node, NodeReport] | None,
) -> list[str]:
    if left is None or right is None:
        return ["there"]
    ours, theirs = left[0], right[0]
    differs = [key for key in ("phase", "cache", "attempts") if _state(left[1])[key] != _state(right[1])[key]]
    if _work(ours) != _work(theirs):
        differs.append("task")
    elif _uncached_task(ours) in edited:
        differs.append("code")
    inputs = _inputs(a, ours), _inputs(b, theirs)
    if None not in inputs and inputs[0] != inputs[1]:
        differs.append("inputs")
    if ours.outputs is not None and theirs.outputs is not None and _digests(ours.outputs) != _digests(theirs.outputs):
        differs.append("outputs")
    return differs


def _uncached_task(node: Node) -> str:
    """Return the name of the task of a node that no cache version speaks for; empty of another."""
    task = node.plan.task or (node.plan.map.task if node.plan.map is not None else None)
    return task.name if task is not None and task.cache is None else ""


def _work(node: Node) -> tuple[str, bytes, str]:
    """Return what a node does."""
    task = node.plan.task or (node.plan.map.task if node.plan.map is not None else None)
    if task is None:
        workflow = node.plan.workflow or (node.plan.map.workflow if node.plan.map is not None else None)
        return workflow.name if workflow is not None else "", b"", ""
    return task.name, task.identity, _version(task)


def _inputs(side: Side, node: Node) -> dict[str, bytes] | None:
    """Return the digests of a node's inputs; None where it never had any, or they cannot be had any more."""
    if node.phase in _UNBOUND:
        return None
    try:
        return _digests(resolve(node.scope, node.plan.inputs, side.stored.state.load))
    except (BindingError, DataError):
        return None


def _digests(values: Values) -> dict[str, bytes]:
    return {name: digest for name, (_, digest) in values.items()}
