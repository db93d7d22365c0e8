"""The command `godwit executions recover`."""

from pathlib import Path

import click
from godwit_plugin_api.errors import InvalidInput

from godwit_core.cli.detachment import detach_option, run_detached
from godwit_core.cli.earlier_executions import EarlierRun, changed_inputs, read_earlier, with_code_of
from godwit_core.cli.engine_options import engine_options, engine_settings
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.sources import find_entity, load_source, refreshed
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.supervision import run_to_end
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import ExecutionOptions


@click.command("recover", cls=Command)
@click.argument("name")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.argument("entity", required=False)
@click.option("-i", "--input", "assignments", metavar="NAME=VALUE", multiple=True, help="An input that changes.")
@engine_options
@click.option("--execution-name", metavar="NAME", help="Name of the new execution. [made up]")
@click.option(
    "--run-what-can-run/--fail-fast",
    default=None,
    help="What becomes of other nodes when one has failed. [as in the earlier execution]",
)
@click.option(
    "--reuse-edited", is_flag=True, help="Take over results also of tasks whose code was edited since. [they run again]"
)
@click.option("--even-if-succeeded", is_flag=True, help="Also where the earlier execution has succeeded.")
@detach_option
@click.pass_obj
def recover(
    session: Session,
    name: str,
    file: Path | None,
    entity: str | None,
    assignments: tuple[str, ...],
    inline: bool,
    workers: int | None,
    durability: str,
    execution_name: str | None,
    run_what_can_run: bool | None,
    reuse_edited: bool,
    even_if_succeeded: bool,
    detach: bool,
) -> int:
    """Run the execution NAME again as a new one that takes over every result that NAME has.

    With FILE, the entity is that of FILE as it is now: what has changed is run again. A result is taken over by a
    node whose task, code and inputs are the same; of a task with a cache version of its own, that stands for the code.

    Waits for its end, and writes what `run` writes.
    """
    with opened_store(session) as connection:
        earlier = read_earlier(connection, name)
    _check_phase(earlier, even_if_succeeded=even_if_succeeded)
    registration, target, interface = earlier.registration, earlier.row.entity, earlier.interface
    if file is not None:
        source = load_source(session, file)
        registration, summary, interface = find_entity(source, entity or earlier.row.entity)
        target = summary.full_name
    else:
        registration = refreshed(session, registration)
    if reuse_edited:
        registration = with_code_of(registration, earlier.registration)
    where = f"godwit executions recover {earlier.row.name}"
    inputs = changed_inputs(interface, earlier.inputs, (), assignments, where)
    settings = engine_settings(session, inline=inline, workers=workers, durability=durability)
    options = ExecutionOptions(
        name=execution_name,
        overwrite_cache=earlier.row.overwrite_cache,
        run_what_can_run=earlier.row.run_what_can_run if run_what_can_run is None else run_what_can_run,
        max_parallelism=earlier.row.max_parallelism or None,
        priority=earlier.row.priority,
        backend="" if inline else session.backend or earlier.row.backend,
        recovers=earlier.row.name,
    )
    if detach:
        return run_detached(settings, session, registration, target, inputs, options)
    with Engine(settings, session.registry()) as engine:
        started = engine.accept(registration, target, inputs, options)
        return run_to_end(engine, started, session, inline=inline)


def _check_phase(earlier: EarlierRun, *, even_if_succeeded: bool) -> None:
    row = earlier.row
    if row.phase is ExecutionPhase.SUCCEEDED and not even_if_succeeded:
        raise InvalidInput(
            f"Execution {row.name} has succeeded: there is nothing to recover.",
            hint="Give --even-if-succeeded to run again what has changed.",
            code="ALREADY_SUCCEEDED",
        )
