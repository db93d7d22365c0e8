"""Options of the commands that run an engine of their own."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import click
from godwit_plugin_api.errors import InvalidInput

from godwit_core.cli.session import Session
from godwit_core.runtime.configuration import STORAGE_FORM, Configuration, is_backend, is_storage, read_configuration
from godwit_core.runtime.settings import EngineSettings
from godwit_core.store.connection import Durability
from godwit_core.store.executions import ExecutionRow

_Function = TypeVar("_Function", bound=Callable[..., Any])


def engine_options(function: _Function) -> _Function:
    """Give a command the options that `engine_settings` takes."""
    option = click.option("--inline", is_flag=True, help="Run tasks in this very process: for pdb and print.")
    return option(host_options(function))


def host_options(function: _Function) -> _Function:
    """Give a command the options of an engine whose tasks run in processes of their own."""
    for option in (
        click.option(
            "--durability",
            type=click.Choice(["process", "disk"]),
            default="process",
            show_default=True,
            help="What a commit survives: the end of the process, or a loss of power.",
        ),
        click.option(
            "--workers", type=click.IntRange(1), metavar="N", help="Attempts at a time; else one for each processor."
        ),
        click.option(
            "--queue",
            metavar="NAME=N",
            multiple=True,
            expose_value=False,
            callback=_keep_queues,
            help="Attempts at a time of tasks of the queue NAME; may be repeated.",
        ),
        click.option(
            "--backend",
            metavar="NAME",
            expose_value=False,
            callback=_keep_backend,
            help="Where tasks run that name no backend: ray. [local]",
        ),
        click.option(
            "--storage",
            metavar="URI",
            expose_value=False,
            callback=_keep_storage,
            help="Where values above 64 KiB and files are kept: s3://bucket/prefix. [the home]",
        ),
    ):
        function = option(function)
    return function


def _keep_queues(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> None:
    """Leave the queues in the session, for `engine_settings`."""
    queues: dict[str, int] = {}
    for text in given:
        name, _, places = text.partition("=")
        if not name or not places.isdecimal() or int(places) < 1:
            raise click.BadParameter(f"expected NAME=N with N from 1, came {text!r}.", context, option)
        queues[name] = int(places)
    if queues:
        context.ensure_object(Session).queues = queues


def _keep_storage(context: click.Context, option: click.Parameter, given: str | None) -> None:
    """Leave the storage in the session, for `engine_settings`."""
    if given is not None:
        if not is_storage(given):
            raise click.BadParameter(f"expected {STORAGE_FORM}, came {given!r}.", context, option)
        context.ensure_object(Session).storage = given


def _keep_backend(context: click.Context, option: click.Parameter, given: str | None) -> None:
    """Leave the backend in the session, for `engine_settings`."""
    if given is not None:
        if not is_backend(given):
            raise click.BadParameter(f"expected the name of a backend, came {given!r}.", context, option)
        context.ensure_object(Session).backend = given


def go_on_at_its_backend(session: Session, row: ExecutionRow, *, inline: bool) -> None:
    """Have the engine that this call opens use the backend of an execution that it goes on with.

    Raises:
        InvalidInput: the command line names another.
    """
    named = "inline" if inline else session.backend
    if named and row.backend not in {"", "local" if inline else named}:
        raise InvalidInput(
            f"Execution {row.name} runs on the backend {row.backend}, and goes on there.",
            hint=f"Abort it, then have a new one run elsewhere: godwit executions recover {row.name} --backend NAME",
            code="OTHER_BACKEND",
        )
    if not inline:
        session.backend = row.backend or session.backend


def configuration(session: Session) -> Configuration:
    """Return what the home's `config.toml` says.

    Raises:
        InvalidInput: it is not understood.
    """
    return read_configuration(session.home.absolute())


def engine_settings(session: Session, *, inline: bool, workers: int | None, durability: str) -> EngineSettings:
    """Return the settings of an engine in the session's home, which gets the session's runner.

    Raises:
        InvalidInput: the home's `config.toml` is not understood.
        click.UsageError: tasks are to run both in this process and on a backend.
    """
    configured = configuration(session)
    if inline and session.backend:
        raise click.UsageError("--inline runs tasks in this process, and --backend elsewhere: leave one out.")
    backend = "inline" if inline else session.backend or configured.backend or "local"
    is_local = backend == "local"
    return EngineSettings(
        home=session.home,
        durability=cast("Durability", durability),
        workers=workers or configured.workers,
        default_backend=backend,
        backend_options=configured.backends,
        queues={**configured.queues, **session.queues},
        lease_s=configured.lease_s,
        storage=session.storage or configured.storage,
        prestarted_runner=session.runner.hand_over() if session.runner is not None and is_local else "",
    )
