"""Executions and nodes for people and for programs: one shape of JSON, one table, wherever they are shown."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.interface_pb2 import Input, Output
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.rendering import render_literal
from godwitidl.rules.value_json import to_json

from godwit_core.cli import output
from godwit_core.cli.remedies import remedy
from godwit_core.cli.tables import duration_text, format_table
from godwit_core.engine.phases import CacheStatus, ExecutionPhase, NodePhase
from godwit_core.engine.state import Values
from godwit_core.runtime.settings import NodeReport, Outcome

LONGEST_TABLE = 60
"""Nodes up to which every one is shown; of more, only those that have not succeeded."""

_NOT_ASKED = frozenset({NodePhase.PENDING, NodePhase.SKIPPED, NodePhase.RECOVERED})


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return how an execution stands, as every command writes it."""
    described: dict[str, Any] = {
        "execution": outcome.name,
        "phase": outcome.phase.name,
        "outputs": values_json(outcome.outputs, outcome.interface.outputs),
        "error": error_json(outcome.error),
        "duration_s": round(outcome.duration_s, 6),
        "nodes": [node_json(node) for node in outcome.nodes],
    }
    if outcome.edited:
        described["edited"] = list(outcome.edited)
    return described


def node_json(node: NodeReport) -> dict[str, Any]:
    """Return how a node stands; of a map node, how its items stand as well."""
    described: dict[str, Any] = {
        "id": node.id,
        "name": node.name,
        "phase": node.phase.name,
        "cache": cache_name(node),
        "attempts": node.attempts,
        "duration_s": round(node.duration_s, 6),
    }
    if node.items is not None:
        described["items"] = dict(zip(("total", "succeeded", "failed"), node.items, strict=True))
    return described


def values_json(values: Values, declared: Sequence[Input | Output]) -> dict[str, Any]:
    """Return values by name, as the contract maps them to JSON."""
    return {
        one.name: to_json(Literal.FromString(values[one.name][0]), one.type) for one in declared if one.name in values
    }


def error_json(error: ExecutionError | None) -> dict[str, Any] | None:
    """Return an error of user work as JSON; None for none."""
    if error is None:
        return None
    from google.protobuf import json_format  # noqa: PLC0415 - 5 ms that only errors need

    described: dict[str, Any] = json_format.MessageToDict(error, preserving_proto_field_name=True)
    return described | {"hint": remedy(error.code)}


def cache_name(node: NodeReport) -> str:
    """Return what the cache did for a node; `NOT_ASKED` of one that did not come so far, or was recovered."""
    if node.cache is not CacheStatus.UNSPECIFIED:
        return node.cache.name
    return "NOT_ASKED" if node.phase in _NOT_ASKED else CacheStatus.DISABLED.name


def node_table(nodes: Sequence[NodeReport], *, plain: bool) -> list[str]:
    """Return the lines of a table of nodes; of a great many, those that have not succeeded, and how many have."""
    shown, left_out = nodes, 0
    if len(nodes) > LONGEST_TABLE:
        shown = [node for node in nodes if not node.phase.succeeded][:LONGEST_TABLE]
        left_out = len(nodes) - len(shown)
    rows = [
        (
            node.id,
            node.name,
            node.phase.name,
            cache_name(node).lower().replace("_", " "),
            attempts_text(node),
            duration_text(node.duration_s),
        )
        for node in shown
    ]
    lines = format_table(
        ("NODE", "NAME", "PHASE", "CACHE", "ATTEMPTS", "DURATION"),
        rows,
        right=(4, 5),
        cut=1,
        style=lambda column, cell: output.coloured_phase(cell, plain=plain) if column == 2 else cell,
    )
    return [*(lines if shown else ()), *([f"… and {left_out} more: {_counts(nodes)}."] if left_out else ())]


def item_hints(execution: str, nodes: Sequence[NodeReport]) -> list[str]:
    """Return how the items of maps are listed: of those with failed ones, else of the first."""
    maps = [node for node in nodes if node.items is not None and node.items[0]]
    failed = [f"Items that failed: godwit executions items {execution} {one.id} --failed" for one in _with_failed(maps)]
    return failed or [f"Items of a map: godwit executions items {execution} {one.id}" for one in maps[:1]]


def _with_failed(maps: Sequence[NodeReport]) -> list[NodeReport]:
    return [node for node in maps if node.items is not None and node.items[2]][:LONGEST_TABLE]


def attempts_text(node: NodeReport) -> str:
    """Return how often a node was tried; of a map node, how many of its items have succeeded."""
    if node.items is None:
        return str(node.attempts)
    total, succeeded, failed = node.items
    return f"{succeeded}/{total}" + (f", {failed} failed" if failed else "")


def _counts(nodes: Iterable[NodeReport]) -> str:
    counts: dict[str, int] = {}
    for node in nodes:
        counts[node.phase.name] = counts.get(node.phase.name, 0) + 1
    return ", ".join(f"{count} {phase}" for phase, count in counts.items())


def value_lines(values: Values) -> list[str]:
    """Return a line for each value: of files, tables and what is stored elsewhere, where it lies."""
    return [f"  {name} = {value_text(Literal.FromString(value))}" for name, (value, _) in values.items()]


def value_text(literal: Literal) -> str:
    """Return one value for people, in one line."""
    kind = literal.WhichOneof("kind")
    if kind in {"file", "directory", "table", "reference"}:
        uri = str(getattr(literal, kind).uri)
        parts = urlsplit(uri)
        return unquote(parts.path) if parts.scheme == "file" else uri
    return render_literal(literal, 400)


def later_errors(outcome: Outcome) -> list[ExecutionError]:
    """Return the errors of other nodes than that of the first cause, in the order of the nodes.

    An error that a sub-workflow has from one of its nodes stands once.
    """
    first = outcome.error.node_path if outcome.error is not None else ""
    found = {one.error.node_path: one.error for one in outcome.nodes if one.error is not None}
    return [error for path, error in found.items() if path != first]


def later_error_lines(outcome: Outcome) -> list[str]:
    """Return what went wrong beside the first cause, a line for each."""
    lines = [f"  {error.code}{_where(error)}: {error.message.partition(chr(10))[0]}" for error in later_errors(outcome)]
    return ["Later errors:", *lines] if lines else []


def _where(error: ExecutionError) -> str:
    """Return where an error comes from, to follow its code: of several processes, which one."""
    node = f" in node {error.node_path}" if error.node_path else ""
    attempt = f", attempt {error.attempt}" if error.attempt else ""
    return node + attempt + (f", {error.worker}" if error.worker else "")


def error_lines(outcome: Outcome) -> list[str]:
    """Return why an execution failed: which node, which attempt, the user's own traceback, and what to do about it."""
    error = outcome.error
    if error is None:
        return []
    lines = f"{error.code}{_where(error)}: {error.message}".splitlines()
    for index, exception in enumerate(error.exceptions):
        lines.append("Traceback, last call at the end:" if index == 0 else "Caused by:")
        for frame in exception.frames:
            lines.append(f'  File "{frame.file}", line {frame.line}, in {frame.function}')
            if frame.source:
                lines.append(f"    {frame.source}")
        lines.append(f"{exception.type}: {exception.message}" if exception.message else exception.type)
    lines += [f"Worker {worker.worker}: {worker.code}: {worker.message}" for worker in error.workers]
    return lines + ([f"Hint: {told}"] if (told := remedy(error.code)) else [])


def _edited_lines(outcome: Outcome) -> list[str]:
    """Return which nodes ran again because their code was edited, a line for each."""
    names = {node.id: node.name for node in outcome.nodes}
    lines = [f"  {path}  {names.get(path, '')}".rstrip() for path in outcome.edited[:LONGEST_TABLE]]
    left_out = len(outcome.edited) - len(lines)
    more = [f"  … and {left_out} more."] if left_out else []
    return ["", "Ran again because their code was edited:", *lines, *more] if lines else []


def write_outcome(outcome: Outcome, *, json: bool, plain: bool) -> None:
    """Write how an execution ended: one JSON object, or table, error and outputs for people."""
    if json:
        output.write_json(outcome_json(outcome))
        return
    for line in node_table(outcome.nodes, plain=plain):
        output.write(line)
    for line in _edited_lines(outcome):
        output.write(line)
    output.write()
    phase = output.coloured_phase(outcome.phase.name, plain=plain)
    output.write(f"Execution {outcome.name}: {phase} in {duration_text(outcome.duration_s)}")
    if outcome.error is not None:
        for line in error_lines(outcome):
            output.write(f"  {line}")
        for line in later_error_lines(outcome):
            output.write(line)
        output.write(f"What tasks wrote: godwit executions logs {outcome.name}")
        output.write(f"Keep what succeeded, run the rest: godwit executions recover {outcome.name}")
    if outcome.outputs:
        output.write("Outputs:")
        for line in value_lines(outcome.outputs):
            output.write(line)


def exit_status(phase: ExecutionPhase) -> int:
    """Return the exit status that a final phase means."""
    return 0 if phase is ExecutionPhase.SUCCEEDED else 1
