import re
from pathlib import Path

import click
import pytest
from godwit_core.cli.application import application
from godwit_core.cli.session import Session

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def commands(group: click.Group, path: tuple[str, ...] = ()):
    context = click.Context(group, obj=Session(Path("unused")))
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.skipif(not PAGE.exists(), reason="the page is not beside an installed distribution")
def test_the_page_tells_every_command_and_option():
    text = PAGE.read_text()
    missing = []
    for path, command in [((), application), *commands(application)]:
        if path and f"`{path[-1]}" not in text and f"godwit {' '.join(path)}" not in text:
            missing.append(" ".join(path))
        options = [name for one in command.params if isinstance(one, click.Option) for name in one.opts]
        missing += [
            f"{' '.join(path)} {name}" for name in options if not re.search(rf"(?<![\w-]){name}(?![\w-])", text)
        ]
    assert missing == []


def test_every_command_has_a_short_summary_and_help_fits_in_80_columns():
    for path, command in [((), application), *commands(application)]:
        with click.Context(command, info_name="godwit " + " ".join(path), obj=Session(Path("unused"))) as context:
            shown = command.get_help(context)
        assert all(len(line) <= 80 for line in shown.splitlines()), shown
        assert command.help
