"""The program of a jar's attempt: it gives spark-submit the jar's arguments, and keeps what the jar leaves.

    python -m godwit_spark.jar_driver INPUTS OUTPUTS OUTPUT_PREFIX SOURCE_ROOT SPARK_SUBMIT…

INPUTS and OUTPUTS are the folders of the file contract. The exit status is that of spark-submit, which is the driver's.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow.parquet as pq
from godwit.runner.failures import describe_failure
from godwit.runner.program import run_in_session
from godwit.runner.session import Session
from godwit.transformers.arrow_types import check_columns, columns_of
from godwit.types.errors import ValueMismatch
from godwit.types.stored_data import StoredData
from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1.interface_pb2 import Output
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals, Type
from godwitidl.plugins.spark.v1.spark_pb2 import SparkJar
from godwitidl.rules.json_text import JsonTextError, parse_json_text, write_json_text
from godwitidl.rules.value_json import JsonValueError, from_json, to_json

from godwit_spark.applications import check_reachable
from godwit_spark.event_log import excerpt, read_events
from godwit_spark.report import page
from godwit_spark.secrets import secret_settings, write_properties
from godwit_spark.settings import EVENTS, SCRATCH, master_of
from godwit_spark.templates import filled


class JarOutput(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """A jar has ended well, and left an output that is none of its type."""

    code = "SPARK_JAR_OUTPUT"


def main(arguments: Sequence[str]) -> int:
    """Run the jar, and return the exit status."""
    inputs, outputs, prefix, source_root, *command = arguments
    work = partial(_run, Path(inputs), Path(outputs), prefix, source_root, command)
    return run_in_session(work, durable=False, disabled=())


def _run(inputs: Path, outputs: Path, prefix: str, source_root: str, command: Sequence[str], session: Session) -> int:
    task = TaskSpec.FromString((inputs / "task.pb").read_bytes())
    given = NamedLiterals.FromString((inputs / "inputs.pb").read_bytes())
    payload = SparkJar()
    task.payload.Unpack(payload)
    data = session.data(prefix)
    try:
        check_reachable(payload.application.master)
        places = {output.name: data.create(output.name) for output in task.interface.outputs}
        types = {variable.name: variable.type for variable in task.interface.inputs}
        texts = {("inputs", value.name): _text(value.value, types[value.name], data) for value in given.values}
        for output in task.interface.outputs:
            texts["outputs", output.name] = _place(output.type, places[output.name])
        words = filled(payload.arguments, lambda side, name: texts[side, name])
        program, *arguments = command
        secrets = _secrets(payload, program, outputs.parent / "spark" / SCRATCH, session)
        words = [program, *secrets, *arguments, _jar(payload.jar, source_root), *words]
        status = _submit(words, outputs, task, payload)
        if status == 0:
            left = NamedLiterals()
            for output in task.interface.outputs:
                left.values.add(name=output.name, value=_output(output, places[output.name], data))
            _write(outputs / "outputs.pb", left.SerializeToString())
    except (GodwitError, OSError, JsonValueError) as error:
        _write(outputs / "error.pb", describe_failure(error).SerializeToString())
        return 1
    finally:
        data.clear()
    return status


def _submit(command: Sequence[str], outputs: Path, task: TaskSpec, payload: SparkJar) -> int:
    """Run spark-submit, leave the report, and return the exit status; of one that a signal ended as a shell says it."""
    began = time.time()
    status = subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode
    logs = sorted((outputs.parent / "spark" / EVENTS).glob("*"))
    lines = excerpt(logs[-1], 0) if logs else None
    master = master_of(payload.application, task.resources)
    summary = read_events(lines) if lines is not None else None
    text = page(task.id.name, master, summary, lines, wall_s=time.time() - began)
    (outputs / "report.html").write_text(text, encoding="utf-8")
    return status if status >= 0 else 128 - status


def _secrets(payload: SparkJar, command: str, folder: Path, session: Session) -> list[str]:
    """Return arguments of spark-submit that say where the secrets among the settings are: in a file of the attempt.

    Raises:
        SecretUnknown: nobody has one of them.
    """
    settings = secret_settings(payload.application, session.find_secret)
    if not settings:
        return []
    path = folder / "secrets.conf"
    place = os.environ.get("SPARK_CONF_DIR") or Path(command).parents[1] / "conf"
    write_properties(path, settings, Path(place, "spark-defaults.conf"))
    return ["--properties-file", str(path)]


def _jar(jar: str, source_root: str) -> str:
    return jar if urlsplit(jar).scheme else str(Path(source_root, jar).absolute())


def _text(value: Literal, of: Type, data: StoredData) -> str:
    """Return an input as an argument."""
    kind = value.WhichOneof("kind")
    if kind == "table":
        return data.local(value.table.uri).absolute().as_uri()
    if kind in {"file", "directory"}:
        return str(data.local(value.file.uri if kind == "file" else value.directory.uri).absolute())
    shown = to_json(value, of)
    return shown if isinstance(shown, str) else write_json_text(shown)


def _place(of: Type, path: Path) -> str:
    return path.absolute().as_uri() if of.HasField("table") else str(path.absolute())


def _output(output: Output, path: Path, data: StoredData) -> Literal:
    """Return what the jar has left for an output.

    Raises:
        JarOutput: nothing, or what is not of its type.
        DataError: it cannot be stored.
    """
    if not path.exists():
        raise JarOutput(
            f"The jar has left nothing for its output {output.name}, expected at {{outputs.{output.name}}}."
        )
    kind = output.type.WhichOneof("kind")
    try:
        if kind == "table":
            return _table(output.type, path, data)
        if kind in {"file", "directory"}:
            return _blob(str(kind), path, data)
        return _value(path.read_text(encoding="utf-8"), output.type)
    except (ValueMismatch, JsonValueError, UnicodeDecodeError) as error:
        raise JarOutput(f"The jar has left no value for its output {output.name}: {error}") from error


def _value(text: str, of: Type) -> Literal:
    """Return the value that a text says, as JSON or as it is."""
    text = text.removesuffix("\n")
    try:
        return from_json(parse_json_text(text), of)
    except (JsonTextError, JsonValueError):
        return from_json(text, of)


def _blob(kind: str, path: Path, data: StoredData) -> Literal:
    if path.is_dir() != (kind == "directory"):
        raise ValueMismatch(f"a {kind}", "a folder" if path.is_dir() else "a file")
    uri, size, digest = data.publish(path)
    literal = Literal()
    blob = literal.directory if kind == "directory" else literal.file
    blob.uri, blob.size_bytes, blob.digest = uri, size, digest
    return literal


def _table(of: Type, path: Path, data: StoredData) -> Literal:
    parts = sorted(path.glob("*.parquet")) if path.is_dir() else []
    if not parts:
        raise ValueMismatch("a folder of Parquet files", "another")
    for left in [*path.glob(".*"), *path.glob("_*")]:
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    schema, rows = pq.read_schema(parts[0]), sum(pq.read_metadata(part).num_rows for part in parts)
    check_columns(schema, of)
    literal = Literal()
    table = literal.table
    table.uri, table.size_bytes, table.digest = data.publish(path)
    table.format, table.row_count = "parquet", rows
    table.columns.extend(columns_of(schema))
    return literal


def _write(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    partial_file = path.with_name(f".{path.name}")
    partial_file.write_bytes(content)
    partial_file.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
