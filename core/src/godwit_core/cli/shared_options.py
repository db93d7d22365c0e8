"""Options that every command takes, before or after its name. They go into the session, not to the command."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from godwit_core.cli.session import Session


class Command(click.Command):
    """A command that takes the shared options too; its help shows its own ones, and points to the others."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's parameters and the shared ones."""
        return with_shared_options(super().get_params(ctx))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilog, and where the shared options are told of."""
        super().format_epilog(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text("The options of `godwit --help` may stand here, too: --home, --json, --debug, …")


def with_shared_options(own: Sequence[click.Parameter]) -> list[click.Parameter]:
    """Return the parameters *own*, and the shared options that are not among them, hidden."""
    taken = {name for parameter in own for name in parameter.opts}
    return [*own, *(option for option in shared_options(hidden=True) if not taken.intersection(option.opts))]


def shared_options(*, hidden: bool) -> Sequence[click.Option]:
    """Return the options, as they are before a command's name, or hidden from the command's own help."""

    def option(*names: str, **settings: Any) -> click.Option:
        return click.Option(names, expose_value=False, callback=_keep, hidden=hidden, **settings)

    return (
        option("--home", metavar="DIR", help="Folder of executions and data. [$GODWIT_HOME, else ~/.godwit]"),
        option("--project", metavar="NAME", help="Project of what is run. [$GODWIT_PROJECT, else the source's]"),
        option("--domain", metavar="NAME", help="Domain of what is run. [$GODWIT_DOMAIN, else development]"),
        option("--disable-plugin", metavar="NAME", multiple=True, help="Go on without a plugin; repeatable."),
        option("--json", is_flag=True, default=None, help="Write one JSON object to standard output, nothing else."),
        option("--debug", is_flag=True, default=None, help="Show the tracebacks of errors."),
    )


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options on what belongs to a source file: `--with` other files, `--source-root` of specs."""
    rooted = click.option(
        "--source-root",
        metavar="PATH",
        type=click.Path(path_type=Path, exists=True, resolve_path=True),
        expose_value=False,
        callback=_keep_root,
        help="Where the code of a .pb file's tasks lies: a folder, or an archive such as a jar. [as the file says]",
    )(command)
    return click.option(
        "--with",
        "beside",
        metavar="FILE",
        multiple=True,
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_keep_files,
        help="A file that declares what the first refers to, in any language; repeatable.",
    )(rooted)


def _keep_root(ctx: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    ctx.ensure_object(Session).source_root = value


def _keep_files(ctx: click.Context, _parameter: click.Parameter, value: tuple[Path, ...]) -> None:
    ctx.ensure_object(Session).beside = value


def _keep(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    session = ctx.find_object(Session)
    if session is None or value is None or value == ():
        return
    if parameter.name == "home":
        session.home = Path(value)
    elif parameter.name == "disable_plugin":
        session.disabled = (*session.disabled, *value)
    elif parameter.name is not None:
        setattr(session, parameter.name, value)
