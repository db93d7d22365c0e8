"""The command `godwit executions show`."""

from collections.abc import Sequence
from typing import Any

import click

from godwit_core.cli import output
from godwit_core.cli.execution_reports import (
    error_json,
    error_lines,
    node_table,
    outcome_json,
    value_lines,
    values_json,
)
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.stored_executions import Attempt, StoredExecution, read_execution
from godwit_core.cli.tables import duration_text, size_text, time_text
from godwit_core.runtime.settings import Outcome


@click.command("show", cls=Command)
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> int:
    """Show the execution NAME: its inputs, nodes, attempts, error and outputs."""
    with opened_store(session) as connection:
        stored = read_execution(connection, name, session.registry())
    outcome = stored.outcome()
    if session.json:
        output.write_json(_described(stored, outcome))
        return 0
    for line in _lines(stored, outcome, plain=session.plain):
        output.write(line)
    return 0


def _described(stored: StoredExecution, outcome: Outcome) -> dict[str, Any]:
    row, interface = stored.row, outcome.interface
    described = outcome_json(outcome)
    for node, report in zip(described["nodes"], outcome.nodes, strict=True):
        node["error"] = error_json(report.error)
        node["history"] = [_attempt_json(attempt) for attempt in stored.attempts.get(report.id, ())]
    return described | {
        "entity": row.entity,
        "project": row.project,
        "domain": row.domain,
        "version": row.version,
        "created": time_text(row.created_us),
        "finished": time_text(row.finished_us),
        "engine": stored.engine,
        "inputs": values_json(stored.state.inputs, interface.inputs),
    }


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "worker": attempt.worker,
        "started": time_text(attempt.started_us),
        "finished": time_text(attempt.finished_us),
        "error": error_json(attempt.error),
        "peak_memory_bytes": attempt.peak_memory_bytes or None,
        "cpu_s": attempt.cpu_s,
    }


def _lines(stored: StoredExecution, outcome: Outcome, *, plain: bool) -> Sequence[str]:
    row = stored.row
    lines = [
        f"Execution  {row.name}: {output.coloured_phase(row.phase.name, plain=plain)}",
        f"Entity     {row.entity}",
        f"Project    {row.project}, {row.domain}; version {row.version[:12]}",
        f"Created    {time_text(row.created_us)}",
        f"Duration   {duration_text(outcome.duration_s)}{'' if row.finished_us else ' so far'}",
    ]
    if stored.engine == "GONE":
        lines.append(f"Its engine is gone. Go on with: godwit executions resume {row.name}")
    if stored.state.inputs:
        lines += ["Inputs:", *value_lines(stored.state.inputs)]
    lines += ["", *node_table(outcome.nodes, plain=plain)]
    lines += _attempt_lines(stored)
    if outcome.error is not None:
        lines += ["", "Error:", *(f"  {line}" for line in error_lines(outcome.error))]
    if outcome.outputs:
        lines += ["", "Outputs:", *value_lines(outcome.outputs)]
    return lines


def _attempt_lines(stored: StoredExecution) -> list[str]:
    """Return a line for each attempt of the nodes that had more than one."""
    lines: list[str] = []
    for path, attempts in stored.attempts.items():
        if len(attempts) < 2:
            continue
        lines += ["", f"Attempts of {path}:"]
        for attempt in attempts:
            length = max(0, attempt.finished_us - attempt.started_us) / 1e6
            took = duration_text(length) if attempt.finished_us and attempt.started_us else "under way"
            memory = f", {size_text(attempt.peak_memory_bytes)}" if attempt.peak_memory_bytes else ""
            reason = attempt.error.message.partition("\n")[0] if attempt.error else ""
            how = f"{attempt.error.code}: {reason}" if attempt.error else ("succeeded" if attempt.finished_us else "")
            lines.append(f"  {attempt.number}  {took}{memory}  {how}".rstrip())
    return lines
