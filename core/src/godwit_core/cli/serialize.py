"""The command `godwit serialize`."""

import sys
from pathlib import Path

import click
from godwit_plugin_api.errors import InvalidInput
from google.protobuf import json_format

from godwit_core.cli import output
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command, source_options
from godwit_core.cli.sources import load_source
from godwit_core.compiler.compilation import check_bundle
from godwit_core.compiler.problems import Code, CompileFailed
from godwit_core.compiler.registrations import resolved_bundle


@click.command("serialize", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", "target", type=click.Path(path_type=Path), help="Where to write; - is standard output.")
@source_options
@click.option("--registration", is_flag=True, help="Write a Registration: the specs with what depends on this machine.")
@click.pass_obj
def serialize(session: Session, file: Path, target: Path | None, registration: bool) -> int:
    """Check the tasks and workflows of FILE, and write their specs: an encoded Bundle.

    The same source gives the same bytes, from any folder, on any machine. Without -o they go to FILE's name with .pb,
    in the working directory. With --json the text form goes to standard output, or to -o. What FILE refers to and no
    file declares stays a reference.
    """
    envelope = load_source(session, file).registration()
    found = check_bundle(resolved_bundle(envelope))
    problems = [problem for problem in found if problem.code is not Code.UNRESOLVED_REFERENCE]
    if problems:
        raise CompileFailed(str(file), problems)
    message = envelope if registration else envelope.bundle
    if session.json and target is None:
        output.write_json(json_format.MessageToDict(message, preserving_proto_field_name=True))
        return 0
    if session.json:
        data = json_format.MessageToJson(message, preserving_proto_field_name=True).encode()
    else:
        data = message.SerializeToString(deterministic=True)
    write_file(target or Path(f"{file.stem}.pb"), data)
    return 0


def write_file(target: Path, data: bytes) -> None:
    """Write *data*, and tell where; `-` is standard output.

    Raises:
        InvalidInput: it cannot be written.
    """
    if str(target) == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        target.write_bytes(data)
    except OSError as error:
        raise InvalidInput(f"{target} cannot be written: {error.strerror}.", code="TARGET_UNWRITABLE") from None
    output.tell(f"Wrote {target}, {len(data)} bytes.")
