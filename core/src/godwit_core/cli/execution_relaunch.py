"""The command `godwit executions relaunch`."""

import click

from godwit_core.cli import output
from godwit_core.cli.detachment import detach_option, run_detached
from godwit_core.cli.earlier_executions import changed_inputs, read_earlier, with_defaults
from godwit_core.cli.engine_options import engine_options, engine_settings
from godwit_core.cli.entity_options import help_text
from godwit_core.cli.run import RunCommand
from godwit_core.cli.session import Session
from godwit_core.cli.sources import refreshed
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.supervision import run_to_end
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import ExecutionOptions


@click.command("relaunch", cls=RunCommand, add_help_option=False)
@click.argument("name", required=False)
@click.option("-i", "--input", "assignments", metavar="NAME=VALUE", multiple=True, help="An input; NAME:=JSON too.")
@engine_options
@click.option("--execution-name", metavar="NAME", help="Name of the new execution. [made up]")
@click.option(
    "--overwrite-cache/--use-cache",
    default=None,
    help="Compute although the cache has it, and store the result. [as in the earlier execution]",
)
@click.option(
    "--run-what-can-run/--fail-fast",
    default=None,
    help="What becomes of other nodes when one has failed. [as in the earlier execution]",
)
@detach_option
@click.option("-h", "--help", "show_help", is_flag=True, help="Show this help; after NAME, the inputs.")
@click.pass_context
def relaunch(
    ctx: click.Context,
    name: str | None,
    assignments: tuple[str, ...],
    inline: bool,
    workers: int | None,
    durability: str,
    execution_name: str | None,
    overwrite_cache: bool | None,
    run_what_can_run: bool | None,
    detach: bool,
    show_help: bool,
) -> int:
    """Run what the execution NAME ran as a new execution, with its inputs but for those that are given anew.

    Every input is an option, as of `godwit run`: --learning-rate 0.1. `godwit executions relaunch NAME --help` lists
    them with what they were. Specs are those of NAME; code runs as it lies there now.
    """
    session = ctx.ensure_object(Session)
    if name is None:
        if not show_help:
            raise click.UsageError("NAME is missing.", ctx)
        output.write(ctx.get_help())
        return 0
    with opened_store(session) as connection:
        earlier = read_earlier(connection, name)
    where = f"godwit executions relaunch {earlier.row.name}"
    if show_help:
        output.write(help_text(with_defaults(earlier.interface, earlier.inputs), where, ""))
        return 0
    row = earlier.row
    inputs = changed_inputs(earlier.interface, earlier.inputs, ctx.meta["entity_arguments"], assignments, where)
    settings = engine_settings(session, inline=inline, workers=workers, durability=durability)
    options = ExecutionOptions(
        name=execution_name,
        overwrite_cache=row.overwrite_cache if overwrite_cache is None else overwrite_cache,
        run_what_can_run=row.run_what_can_run if run_what_can_run is None else run_what_can_run,
        max_parallelism=row.max_parallelism or None,
        priority=row.priority,
        backend="" if inline else session.backend or row.backend,
    )
    registration = refreshed(session, earlier.registration)
    if detach:
        return run_detached(settings, session, registration, row.entity, inputs, options)
    with Engine(settings, session.registry()) as engine:
        started = engine.accept(registration, row.entity, inputs, options)
        return run_to_end(engine, started, session, inline=inline)
