"""The command `godwit doctor`."""

from dataclasses import asdict

import click

from godwit_core.cli import output
from godwit_core.cli.diagnosis import Finding, diagnose
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.store.schema import MIGRATIONS


@click.command("doctor", cls=Command)
@click.option("--schema", is_flag=True, help="Only print the SQL of the database's schema.")
@click.pass_obj
def doctor(session: Session, schema: bool) -> int:
    """Check versions, plugins, runners, the home folder, its database, and the space on its disk.

    Nothing is made or changed. The exit status is 0 when everything is in order, else 1.
    """
    if schema:
        _write_schema()
        return 0
    findings = diagnose(session)
    healthy = all(finding.ok for finding in findings)
    if session.json:
        output.write_json({"ok": healthy, "checks": [asdict(finding) for finding in findings]})
        return 0 if healthy else 1
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        _write(finding, width, plain=session.plain)
    return 0 if healthy else 1


def _write(finding: Finding, width: int, *, plain: bool) -> None:
    mark = output.coloured("ok  ", "green", plain=plain) if finding.ok else output.coloured("FAIL", "red", plain=plain)
    output.write(f"{mark}  {finding.check.ljust(width)}  {finding.message}")
    if finding.hint:
        output.write(f"      {' ' * width}  {finding.hint}")


def _write_schema() -> None:
    for number, statements in enumerate(MIGRATIONS, 1):
        output.write(f"-- step {number}")
        for statement in statements:
            output.write(statement.strip() + ";")
