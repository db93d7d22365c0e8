"""Groups of commands that are imported when they are called: the help of the group needs none of them."""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import click

from godwit_core.cli.shared_options import with_shared_options


class CommandPlace(NamedTuple):
    """Where a command is, and what the group's help says of it. *target* is `module:attribute`."""

    target: str
    summary: str


class LazyGroup(click.Group):
    """A group of commands that are named by their places."""

    def __init__(self, name: str, places: Mapping[str, CommandPlace], **settings: Any) -> None:
        super().__init__(name, **settings)
        self.places = places

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the group's parameters and the shared ones."""
        return with_shared_options(super().get_params(ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the places."""
        del ctx
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None when there is none of that name."""
        del ctx
        place = self.places.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the first of *args*.

        Raises:
            UsageError: there is none; the message names what is close to it.
        """
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None:
            if name.startswith("-"):
                self.parse_args(ctx, args)
            known = self.list_commands(ctx)
            from difflib import get_close_matches  # noqa: PLC0415 - 1 ms, and needed on the way to an error only

            close = get_close_matches(name, known, n=3)
            hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(known)}."
            ctx.fail(f"There is no command {name!r} of `{ctx.command_path}`. {hint}")
        return name, command, args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of commands, importing none."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in self.places.items()])
