"""The command `godwit plugin init`."""

from pathlib import Path

import click

from godwit_core.cli import output
from godwit_core.cli.plugin_sources import KINDS, plugin_files, write_plugin
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command


@click.command("init", cls=Command)
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="What the plugin offers.")
@click.option(
    "--into", type=click.Path(path_type=Path), default=Path(), help="Where its folder is made. [default: here]"
)
@click.pass_obj
def init(session: Session, name: str, kind: str, into: Path) -> int:
    """Write a plugin to begin with into the folder NAME.

    It is a distribution of its own that works: a manifest, code, tests that inherit the contract suite and pass.
    """
    files = plugin_files(name, kind)
    folder = write_plugin(into / name, files)
    if session.json:
        output.write_json({"folder": str(folder), "kind": kind, "files": sorted(files)})
        return 0
    for path in sorted(files):
        output.write(str(folder / path))
    output.tell(f"Now: pip install -e '{folder}[test]' && pytest {folder}")
    return 0
