"""The command `godwit executions show`."""

from collections.abc import Sequence
from typing import Any

import click

from godwit_core.cli import output
from godwit_core.cli.attempt_reports import attempt_json, attempt_lines, cancelling_lines, place_lines
from godwit_core.cli.execution_reports import (
    error_json,
    error_lines,
    item_hints,
    later_error_lines,
    later_errors,
    node_table,
    outcome_json,
    value_lines,
    values_json,
)
from godwit_core.cli.gate_reports import gate_lines, gates_json
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import holder_json, opened_store, remedy
from godwit_core.cli.stored_executions import StoredExecution, read_execution
from godwit_core.cli.tables import duration_text, time_text
from godwit_core.runtime.clock import SystemClock
from godwit_core.runtime.settings import Outcome


@click.command("show", cls=Command)
@click.argument("name")
@click.option("--attempts", "every", is_flag=True, help="Every attempt, not only where there were several.")
@click.pass_obj
def show(session: Session, name: str, every: bool) -> int:
    """Show the execution NAME: its inputs, nodes, attempts, error and outputs."""
    with opened_store(session) as connection:
        stored = read_execution(connection, name, session.registry())
    outcome = stored.outcome()
    if session.json:
        output.write_json(_described(stored, outcome))
        return 0
    for line in _lines(stored, outcome, plain=session.plain, every=every):
        output.write(line)
    return 0


def _described(stored: StoredExecution, outcome: Outcome) -> dict[str, Any]:
    row, interface = stored.row, outcome.interface
    described = outcome_json(outcome)
    for node, report in zip(described["nodes"], outcome.nodes, strict=True):
        node["error"] = error_json(report.error)
        node["history"] = [attempt_json(attempt) for attempt in stored.attempts.get(report.id, ())]
    return described | {
        "entity": row.entity,
        "project": row.project,
        "domain": row.domain,
        "version": row.version,
        "created": time_text(row.created_us),
        "finished": time_text(row.finished_us),
        "engine": stored.engine,
        "held_by": holder_json(stored.holder),
        "priority": row.priority,
        "max_parallelism": row.max_parallelism or None,
        "backend": row.backend or None,
        "later_errors": [error_json(error) for error in later_errors(outcome)],
        "waiting": gates_json(stored.state),
        "inputs": values_json(stored.state.inputs, interface.inputs),
    }


def _lines(stored: StoredExecution, outcome: Outcome, *, plain: bool, every: bool) -> Sequence[str]:
    row = stored.row
    lines = [
        f"Execution  {row.name}: {output.coloured_phase(row.phase.name, plain=plain)}",
        f"Entity     {row.entity}",
        f"Project    {row.project}, {row.domain}; version {row.version[:12]}",
        f"Created    {time_text(row.created_us)}",
        f"Duration   {duration_text(outcome.duration_s)}{'' if row.finished_us else ' so far'}",
    ]
    if row.priority or row.max_parallelism:
        at_a_time = f"; at most {row.max_parallelism} attempts at a time" if row.max_parallelism else ""
        lines.append(f"Priority   {row.priority}{at_a_time}")
    if row.backend not in {"", "local"}:
        lines.append(f"Backend    {row.backend}")
    if stored.holder is not None:
        lines.append(f"Engine     e{stored.holder.id}, process {stored.holder.process} on {stored.holder.host}")
    elif stored.engine is not None:
        lines.append(remedy(row.name, stored.engine))
    lines += cancelling_lines(stored.attempts, SystemClock().now_us())
    if stored.state.inputs:
        lines += ["Inputs:", *value_lines(stored.state.inputs)]
    lines += ["", *node_table(outcome.nodes, plain=plain)]
    lines += item_hints(row.name, outcome.nodes)
    lines += gate_lines(stored.state)
    lines += place_lines(stored.attempts)
    known = {node.id for node in outcome.nodes}
    told = {path: of for path, of in stored.attempts.items() if every or path in known or path.endswith("]")}
    lines += attempt_lines(told, every=every)
    if outcome.error is not None:
        lines += ["", "Error:", *(f"  {line}" for line in error_lines(outcome))]
        lines += later_error_lines(outcome)
    if outcome.outputs:
        lines += ["", "Outputs:", *value_lines(outcome.outputs)]
    return lines
