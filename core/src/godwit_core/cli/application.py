"""The program `godwit`: its commands by name, its exit status, and how errors are told.

Exit status: 0 it succeeded; 1 an execution failed or was aborted, or a check did not pass; 2 bad usage or input, and
nothing was created; 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

import click
from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.manifest import Kind

from godwit_core.backends.prestart import PrestartedRunner
from godwit_core.cli import output
from godwit_core.cli.lazy_group import CommandPlace, LazyGroup
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import shared_options

_PACKAGE = "godwit_core.cli"

PLACES = {
    "run": CommandPlace(f"{_PACKAGE}.run:run", "Run a task, workflow or launch plan of a source file."),
    "serialize": CommandPlace(f"{_PACKAGE}.serialize:serialize", "Write the specs of a source file."),
    "executions": CommandPlace(f"{_PACKAGE}.executions:executions", "List, show, watch, abort, resume executions."),
    "engine": CommandPlace(f"{_PACKAGE}.engines:engine", "Run engines that share the home's executions; list them."),
    "backend": CommandPlace(f"{_PACKAGE}.backend:backend", "Offer a backend to engines elsewhere; check one."),
    "signal": CommandPlace(f"{_PACKAGE}.execution_signal:signal", "Answer an execution that waits for a person."),
    "cache": CommandPlace(f"{_PACKAGE}.cache:cache", "Explain and evict cached results."),
    "plugins": CommandPlace(f"{_PACKAGE}.plugins:plugins", "List what the installed plugins offer."),
    "plugin": CommandPlace(f"{_PACKAGE}.plugin:plugin", "Write a plugin to begin with."),
    "doctor": CommandPlace(f"{_PACKAGE}.doctor:doctor", "Check the installation and the home folder."),
    "gc": CommandPlace(f"{_PACKAGE}.gc:gc", "Delete data that nothing refers to, and old executions."),
}


class Application(LazyGroup):
    """The top group: the built-in commands, and those of plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the built-in commands, then those of plugins."""
        return [*self.places, *(name for name in self._offered(ctx) if name not in self.places)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; only those that are not built in have the plugins looked up."""
        if cmd_name in self.places or cmd_name not in self._offered(ctx):
            return super().get_command(ctx, cmd_name)
        command: click.Command = ctx.ensure_object(Session).registry().load(Kind.CLI_COMMAND, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of commands, and one of what plugins offer."""
        super().format_commands(ctx, formatter)
        offered = self._offered(ctx)
        if offered:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(list(offered.items()))

    def _offered(self, ctx: click.Context) -> dict[str, str]:
        records = ctx.ensure_object(Session).registry().records(Kind.CLI_COMMAND)
        return {record.key: record.description for record in records if record.key not in self.places}


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415 - heavy: 35 ms, and needed here only

        output.write(f"godwit {version('godwit-core')}")
        ctx.exit()


application = Application(
    "godwit",
    PLACES,
    params=[
        *shared_options(hidden=False),
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_version,
            help="Show the version and exit.",
        ),
    ],
    help="Godwit: durable, cached, typed workflows. Options may stand before or after the command.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run_program(arguments: Sequence[str], runner: PrestartedRunner | None) -> int:
    """Run the program on the process's own streams and return its exit status. *runner*: one that may be used."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    return invoke(arguments, runner)


def invoke(arguments: Sequence[str], runner: PrestartedRunner | None = None) -> int:
    """Run the program and return its exit status; errors have been told. *runner*: one that may be used."""
    session = Session.from_environment(os.environ)
    session.runner = runner
    asked = list(arguments)
    before = asked[: asked.index("--")] if "--" in asked else asked
    session.json, session.debug = "--json" in before, "--debug" in before
    try:
        status = application.main(asked, prog_name="godwit", obj=session, standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        _write_error(session, {"code": "INTERRUPTED", "message": "Interrupted.", "hint": ""})
        return 130
    except Exception as error:  # noqa: BLE001 - the outermost place: whatever comes is told, never thrown at people
        return _tell(error, session)
    return status if isinstance(status, int) else 0


def _tell(error: Exception, session: Session) -> int:
    """Tell an error, and return the exit status that it means."""
    if session.debug:
        import traceback  # noqa: PLC0415 - 10 ms, and needed here only

        traceback.print_exception(error)
    status, told = _described(error)
    _write_error(session, told)
    return status


def _write_error(session: Session, told: dict[str, Any]) -> None:
    if session.json:
        output.write_json({"error": told})
        return
    output.tell(f"Error: {told['message']}")
    if told["hint"]:
        output.tell(f"Hint: {told['hint']}")


def _described(error: Exception) -> tuple[int, dict[str, Any]]:
    if isinstance(error, GodwitError):
        return 2, {"code": error.code, "message": error.message, "hint": error.hint}
    if isinstance(error, click.ClickException):
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "godwit"
        return 2, {"code": "USAGE", "message": error.format_message(), "hint": f"See `{where} --help`."}
    message = f"Godwit has a defect: {type(error).__name__}: {error}."
    return 1, {"code": "INTERNAL", "message": message, "hint": "Call it again with --debug, and report what it shows."}
