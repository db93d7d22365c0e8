"""The command `godwit engine list`."""

from typing import Any

import click

from godwit_core.cli import output
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.tables import format_table
from godwit_core.runtime import lease
from godwit_core.runtime.clock import SystemClock
from godwit_core.store import engines, executions
from godwit_core.store.engines import EngineRow


@click.command("list", cls=Command)
@click.pass_obj
def list_engines(session: Session) -> int:
    """List the engines of the home folder: those that live, and dead ones whose executions nobody has taken yet."""
    rows: list[EngineRow] = []
    held: dict[int, int] = {}
    waiting = 0
    if session.database.exists():
        with opened_store(session) as connection:
            rows, held = engines.list_all(connection), engines.count_held(connection)
            waiting = executions.count_waiting(connection)
    described = [_described(row, held.get(row.id, 0)) for row in rows]
    if session.json:
        output.write_json({"engines": described, "waiting": waiting})
        return 0
    cells = [
        (f"e{one['engine']}", one["state"], "yes" if one["serves"] else "no", str(one["executions"]),
         str(one["process"]), one["host"])
        for one in described
    ]  # fmt: skip
    for line in format_table(
        ("ENGINE", "STATE", "SERVES", "EXECUTIONS", "PROCESS", "HOST"), cells, right=(3, 4), cut=5
    ):
        output.write(line)
    if waiting:
        output.tell(f"Executions that wait for an engine: {waiting}")
    return 0


def _described(row: EngineRow, held: int) -> dict[str, Any]:
    return {
        "engine": row.id,
        "state": "ALIVE" if lease.is_alive(row, SystemClock()) else "GONE",
        "serves": row.serves,
        "executions": held,
        "process": row.process,
        "host": row.host,
    }
