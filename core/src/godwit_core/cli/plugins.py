"""The command `godwit plugins`."""

from typing import Any

import click
from godwit_plugin_api.registry import Plugin

from godwit_core.cli import output
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.tables import format_table


@click.command("plugins", cls=Command)
@click.pass_obj
def plugins(session: Session) -> int:
    """List the installed plugins with what they offer."""
    registry = session.registry()
    if session.json:
        problems = [{"plugin": one.plugin, "message": one.message, "hint": one.hint} for one in registry.problems]
        described = [_described(plugin) for plugin in registry.plugins]
        output.write_json({"plugins": described, "problems": problems, "disabled": list(registry.disabled)})
        return 0
    for plugin in registry.plugins:
        _write(plugin)
    for problem in registry.problems:
        output.tell(f"Problem: {problem.message} {problem.hint}")
    if registry.disabled:
        output.tell(f"Disabled: {', '.join(registry.disabled)}")
    return 0


def _described(plugin: Plugin) -> dict[str, Any]:
    return {
        "name": plugin.manifest.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "api_version": plugin.manifest.api_version,
        "records": [
            {"kind": one.kind.value, "key": one.key, "target": one.target, "description": one.description}
            for one in plugin.manifest.records
        ],
    }


def _write(plugin: Plugin) -> None:
    origin = f"{plugin.distribution} {plugin.version}".strip() or "no distribution"
    output.write(f"{plugin.manifest.name}  ({origin}, plugin API {plugin.manifest.api_version})")
    rows = [(one.kind.value.replace("_", " "), one.key, one.description) for one in plugin.manifest.records]
    for line in format_table(("KIND", "KEY", "DESCRIPTION"), rows, cut=2) if rows else ():
        output.write(f"  {line}")
    output.write()
