"""The command `godwit executions abort`."""

import click
from godwit_plugin_api.errors import InvalidInput

from godwit_core.cli import output
from godwit_core.cli.engine_options import engine_settings
from godwit_core.cli.execution_reports import outcome_json
from godwit_core.cli.execution_watch import follow
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import engine_of, opened_store
from godwit_core.cli.stored_executions import read_execution
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.runtime.engine import Engine
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
    with opened_store(session) as connection:
        row = reading.get_execution(connection, name)
        if row.phase.final:
            raise InvalidInput(f"Execution {row.name} has ended already: {row.phase.name}.", code="ALREADY_ENDED")
        with transaction(connection):
            commands.insert(connection, row.id, commands.ABORT_NOW if at_once else commands.ABORT, reason)
        if row.aborting and not at_once:
            output.tell(_WAITS.format(name=row.name))
        held = engine_of(connection, row) == "ALIVE"
        ended = no_wait or (held and follow(connection, row, quiet=session.json))
    if not ended and not take_over(session, row.name):
        with opened_store(session) as connection:
            follow(connection, row, quiet=session.json)
    with opened_store(session) as connection:
        stored = read_execution(connection, row.name, session.registry())
    if session.json:
        output.write_json(outcome_json(stored.outcome()))
    else:
        output.write(f"Execution {row.name}: {'abort requested' if no_wait else stored.row.phase.name}")
    return 0 if no_wait or stored.row.phase is ExecutionPhase.ABORTED else 1


def take_over(session: Session, name: str) -> bool:
    """Have an engine of our own carry out the abort of an execution that no living one holds.

    Return False where another engine has taken it meanwhile, or it has ended.
    """
    settings = engine_settings(session, inline=False, workers=None, durability="process")
    with Engine(settings._replace(runs=False), session.registry()) as engine:
        try:
            engine.resume(name)
        except InvalidInput as refused:
            if refused.code in {"ALREADY_RUNNING", "ALREADY_ENDED"}:
                return False
            raise
        engine.run(name)
    return True
