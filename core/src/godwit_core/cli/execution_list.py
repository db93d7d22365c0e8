"""The command `godwit executions list`."""

from typing import Any

import click

from godwit_core.cli import output
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import engine_of, holder_json, holder_of, opened_store
from godwit_core.cli.tables import duration_text, format_table, time_text
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.runtime.clock import SystemClock
from godwit_core.store import reading
from godwit_core.store.engines import EngineRow
from godwit_core.store.executions import ExecutionRow


@click.command("list", cls=Command)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, metavar="N", help="How many at most."
)
@click.option(
    "--phase",
    type=click.Choice([phase.name for phase in ExecutionPhase], case_sensitive=False),
    help="Those in a phase only.",
)
@click.option("--page", type=int, metavar="TOKEN", help="Go on after a page: the `next` of its JSON.")
@click.pass_obj
def list_executions(session: Session, limit: int, phase: str | None, page: int | None) -> int:
    """List the executions of the home folder, newest first."""
    rows, engines, holders = _read(session, limit + 1, phase, page)
    more = len(rows) > limit
    rows = rows[:limit]
    following = str(rows[-1].id) if more else None
    if session.json:
        output.write_json(
            {"executions": [_described(row, engines[row.id], holders[row.id]) for row in rows], "next": following},
        )
        return 0
    for line in _table(rows, engines, holders, plain=session.plain) if rows else ["There are no executions."]:
        output.write(line)
    if following:
        output.tell(f"There are more: --page {following}")
    return 0


def _read(
    session: Session, limit: int, phase: str | None, page: int | None
) -> tuple[list[ExecutionRow], dict[int, str | None], dict[int, EngineRow | None]]:
    """Return rows, and of each how its engine is, and which; nothing where there is no database yet."""
    if not session.database.exists():
        return [], {}, {}
    wanted = ExecutionPhase[phase.upper()] if phase else None
    with opened_store(session) as connection:
        rows = reading.list_executions(connection, limit=limit, before=page, phase=wanted)
        engines = {row.id: engine_of(connection, row) for row in rows}
        return rows, engines, {row.id: holder_of(connection, row) for row in rows}


def _described(row: ExecutionRow, engine: str | None, holder: EngineRow | None) -> dict[str, Any]:
    return {
        "execution": row.name,
        "entity": row.entity,
        "phase": row.phase.name,
        "created": time_text(row.created_us),
        "finished": time_text(row.finished_us),
        "duration_s": round((row.finished_us - row.created_us) / 1e6, 6) if row.finished_us else None,
        "project": row.project,
        "domain": row.domain,
        "version": row.version,
        "engine": engine,
        "held_by": holder_json(holder),
    }


def _table(
    rows: list[ExecutionRow], engines: dict[int, str | None], holders: dict[int, EngineRow | None], *, plain: bool
) -> list[str]:
    now_us = SystemClock().now_us()
    cells = [
        (
            row.name,
            row.entity,
            row.phase.name + _engine_text(engines[row.id], holders[row.id]),
            (time_text(row.created_us) or "")[:19].replace("T", " "),
            duration_text(max(0, (row.finished_us or now_us) - row.created_us) / 1e6),
        )
        for row in rows
    ]
    return format_table(
        ("EXECUTION", "ENTITY", "PHASE", "CREATED (UTC)", "DURATION"),
        cells,
        right=(4,),
        cut=1,
        style=lambda column, cell: output.coloured_phase(cell, plain=plain) if column == 2 else cell,
    )


def _engine_text(engine: str | None, holder: EngineRow | None) -> str:
    if holder is not None:
        return f", e{holder.id}"
    return {"GONE": ", engine gone", "WAITING": ", waits for an engine"}.get(engine or "", "")
