"""The command `godwit executions resume`."""

import click

from godwit_core.cli.engine_options import engine_options, engine_settings, go_on_at_its_backend
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.supervision import run_to_end
from godwit_core.runtime.engine import Engine
from godwit_core.store import reading


@click.command("resume", cls=Command)
@click.argument("name")
@engine_options
@click.pass_obj
def resume(session: Session, name: str, inline: bool, workers: int | None, durability: str) -> int:
    """Go on with the execution NAME whose engine is gone: what has finished is not run again.

    Its tasks go on at the backend on which it was started.

    Waits for its end, and writes what `run` writes.
    """
    with opened_store(session) as connection:
        row = reading.get_execution(connection, name)
    full_name = row.name
    go_on_at_its_backend(session, row, inline=inline)
    settings = engine_settings(session, inline=inline, workers=workers, durability=durability)
    with Engine(settings, session.registry()) as engine:
        engine.resume(full_name)
        return run_to_end(engine, full_name, session, inline=inline)
