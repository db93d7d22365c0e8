"""The command `godwit executions spec`."""

import click

from godwit_core.cli import output
from godwit_core.cli.earlier_executions import read_earlier
from godwit_core.cli.execution_specs import format_spec, spec_json
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.store import executions


@click.command("spec", cls=Command)
@click.argument("name")
@click.pass_obj
def spec(session: Session, name: str) -> int:
    """Write what the execution NAME was started with as YAML: registration, entity, inputs, options.

    Edit it, and run it with `godwit run --execution-spec FILE`.
    """
    with opened_store(session) as connection:
        earlier = read_earlier(connection, name)
        digest = executions.get_registration_digest(connection, earlier.row.registration)
    described = spec_json(earlier, digest)
    if session.json:
        output.write_json(described)
        return 0
    output.write(f"# What execution {earlier.row.name} was started with. Run it: godwit run --execution-spec FILE")
    output.write(format_spec(described).rstrip())
    return 0
