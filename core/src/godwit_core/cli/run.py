"""The command `godwit run`."""

from collections.abc import Sequence
from pathlib import Path

import click

from godwit_core.cli import output
from godwit_core.cli.detachment import detach_option, run_detached
from godwit_core.cli.engine_options import engine_options, engine_settings
from godwit_core.cli.entity_options import help_text, read_inputs
from godwit_core.cli.execution_specs import Launch, read_launch
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command, source_options
from godwit_core.cli.sources import find_entity, load_source
from godwit_core.cli.supervision import run_to_end
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import ExecutionOptions


class RunCommand(Command):
    """Splits its arguments: what it knows is its own; the rest after its own positional ones is the entity's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command's own arguments, and keep the entity's in `ctx.meta`."""
        own, entity = split_arguments(args, self.get_params(ctx))
        ctx.meta["entity_arguments"] = entity
        return super().parse_args(ctx, own)


def split_arguments(arguments: Sequence[str], parameters: Sequence[click.Parameter]) -> tuple[list[str], list[str]]:
    """Return the arguments that are options of *parameters*, with as many as they have places for, and the rest."""
    options = {name: one for one in parameters if isinstance(one, click.Option) for name in _names(one)}
    own: list[str] = []
    rest: list[str] = []
    places = sum(isinstance(one, click.Argument) for one in parameters)
    positional = 0
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        name, equals, _ = argument.partition("=")
        if argument == "--":
            rest += waiting
            break
        option = options.get(name) or (options.get("-i") if argument.startswith("-i") and equals else None)
        if option is not None:
            own.append(argument)
            if not option.is_flag and (name == argument) and waiting:
                own.append(waiting.pop(0))
        elif positional < places:
            own.append(argument)
            positional += not argument.startswith("-")
        else:
            rest.append(argument)
            if argument.startswith("-") and not equals and waiting and _is_number(waiting[0]):
                rest.append(waiting.pop(0))
    return own, rest


def _names(option: click.Option) -> list[str]:
    return [*option.opts, *option.secondary_opts]


def _is_number(text: str) -> bool:
    """Return whether *text* is a value although it begins like an option: `-1`, `-.5`, `-inf`."""
    return text.startswith("-") and (text[1:2].isdigit() or text[1:2] == "." or text.lower() in {"-inf", "-infinity"})


@click.command("run", cls=RunCommand, add_help_option=False)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.argument("entity", required=False)
@click.option("-i", "--input", "assignments", metavar="NAME=VALUE", multiple=True, help="An input; NAME:=JSON too.")
@engine_options
@click.option("--execution-name", metavar="NAME", help="Name of the execution. [made up]")
@click.option("--overwrite-cache", is_flag=True, help="Compute although the cache has it, and store the result.")
@click.option(
    "--run-what-can-run/--fail-fast",
    default=None,
    help="What becomes of other nodes when one has failed. [as the workflow says]",
)
@click.option(
    "--execution-spec",
    "spec",
    type=click.Path(path_type=Path),
    metavar="SPEC",
    help="Take entity, inputs and options from what `godwit executions spec` wrote.",
)
@source_options
@click.option("--max-parallelism", type=click.IntRange(1), metavar="N", help="Attempts of the execution at a time.")
@click.option("--priority", type=int, metavar="N", help="Higher ones come first where both wait. [0]")
@detach_option
@click.option("-h", "--help", "show_help", is_flag=True, help="Show this help; after FILE and ENTITY, the inputs.")
@click.pass_context
def run(
    ctx: click.Context,
    file: Path | None,
    entity: str | None,
    assignments: tuple[str, ...],
    inline: bool,
    workers: int | None,
    durability: str,
    execution_name: str | None,
    overwrite_cache: bool,
    run_what_can_run: bool | None,
    spec: Path | None,
    max_parallelism: int | None,
    priority: int | None,
    detach: bool,
    show_help: bool,
) -> int:
    """Run ENTITY, a task, workflow or launch plan of FILE, and wait for its end.

    Every input of the entity is an option: --learning-rate 0.1. Lists, records and other structured values are JSON
    or YAML; @FILE reads one. `godwit run FILE ENTITY --help` lists the inputs.
    """
    session = ctx.ensure_object(Session)
    if show_help or (spec is None and (file is None or entity is None)):
        return _help(ctx, session, file, entity, asked=show_help)
    launch = _launch(ctx, session, spec, file, entity, assignments)
    settings = engine_settings(session, inline=inline, workers=workers, durability=durability)
    options = ExecutionOptions(
        name=execution_name,
        overwrite_cache=overwrite_cache or bool(launch.options.get("overwrite_cache")),
        run_what_can_run=launch.options.get("run_what_can_run") if run_what_can_run is None else run_what_can_run,
        max_parallelism=max_parallelism or launch.options.get("max_parallelism"),
        priority=launch.options.get("priority", 0) if priority is None else priority,
        backend="" if inline else session.backend or launch.options.get("backend") or "",
    )
    if detach:
        return run_detached(settings, session, launch.registration, launch.entity, launch.inputs, options)
    with Engine(settings, session.registry()) as engine:
        name = engine.accept(launch.registration, launch.entity, launch.inputs, options)
        return run_to_end(engine, name, session, inline=inline)


def _launch(
    ctx: click.Context,
    session: Session,
    spec: Path | None,
    file: Path | None,
    entity: str | None,
    assignments: tuple[str, ...],
) -> Launch:
    """Return what is to be run: what a specification says, or an entity with the inputs of the command line."""
    arguments = ctx.meta["entity_arguments"]
    if spec is not None:
        return read_launch(session, spec, file, entity, arguments, assignments)
    assert file is not None, "without a specification there is a file"
    assert entity is not None, "and an entity"
    registration, summary, interface = find_entity(load_source(session, file), entity)
    inputs = read_inputs(interface, arguments, assignments, f"godwit run {file} {entity}")
    return Launch(registration, summary.full_name, inputs, {})


def _help(ctx: click.Context, session: Session, file: Path | None, entity: str | None, *, asked: bool) -> int:
    """Show the help of an entity, the entities of a file, or the command's own."""
    if file is None:
        if not asked:
            raise click.UsageError("FILE and ENTITY are missing.", ctx)
        output.write(ctx.get_help())
        return 0
    source = load_source(session, file)
    if entity is None:
        lines = [f"  {one.name}  ({one.kind.replace('_', ' ')})  {one.summary}".rstrip() for one in source.entities()]
        listed = "\n".join(lines) or "  none"
        if not asked:
            raise click.UsageError(f"ENTITY is missing. In {file} there are:\n{listed}", ctx)
        output.write(f"{ctx.get_help()}\n\nEntities of {file}:\n{listed}")
        return 0
    _, summary, interface = find_entity(source, entity)
    output.write(help_text(interface, f"godwit run {file} {entity}", summary.summary))
    return 0
