"""The command `godwit executions abort`."""

import click
from godwit_plugin_api.errors import InvalidInput

from godwit_core.cli import output
from godwit_core.cli.execution_reports import outcome_json
from godwit_core.cli.execution_watch import follow
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import engine_of, opened_store
from godwit_core.cli.stored_executions import read_execution
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import EngineSettings
from godwit_core.store import commands, reading
from godwit_core.store.connection import transaction

_WAITS = "It is being aborted already. Handlers that run on abort end with: godwit executions abort {name} --now"


@click.command("abort", cls=Command)
@click.argument("name")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the execution.")
@click.option("--now", "at_once", is_flag=True, help="End failure handlers, too, also those that run on abort.")
@click.option("--no-wait", is_flag=True, help="Leave the request, and do not wait for the end.")
@click.pass_obj
def abort(session: Session, name: str, reason: str, at_once: bool, no_wait: bool) -> int:
    """Abort the execution NAME, which any engine may be running, and wait until it has ended.

    Failure handlers that run on abort are waited for; an abort with --now, also a second one, ends them, too.
    The exit status is 0 when it was aborted, 1 when it ended otherwise before.
    """
    kind = commands.ABORT_NOW if at_once else commands.ABORT
    with opened_store(session) as connection:
        row = reading.get_execution(connection, name)
        if row.phase.final:
            raise InvalidInput(f"Execution {row.name} has ended already: {row.phase.name}.", code="ALREADY_ENDED")
        if no_wait or engine_of(connection, row) == "ALIVE":
            with transaction(connection):
                commands.insert(connection, row.id, kind, reason)
            if row.aborting and not at_once:
                output.tell(_WAITS.format(name=row.name))
        ended = not no_wait and follow(connection, row, quiet=session.json)
    if not ended and not no_wait:
        take_over(session, row.name, kind, reason)
    with opened_store(session) as connection:
        stored = read_execution(connection, row.name, session.registry())
    if session.json:
        output.write_json(outcome_json(stored.outcome()))
    else:
        output.write(f"Execution {row.name}: {'abort requested' if no_wait else stored.row.phase.name}")
    return 0 if no_wait or stored.row.phase is ExecutionPhase.ABORTED else 1


def take_over(session: Session, name: str, kind: str, reason: str) -> None:
    """Abort an execution whose engine is gone, by an engine of our own."""
    with Engine(EngineSettings(session.home), session.registry()) as engine:
        engine.resume(name)
        engine.request(name, kind, reason)
        engine.run(name)
