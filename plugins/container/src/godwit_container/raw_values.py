"""The values of programs that know nothing of Godwit: each variable is a file."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from godwit_plugin_api.backend import OutputValue
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import SIMPLE_TYPE_STRING, Literal, NamedLiterals, Type
from godwitidl.plugins.container.v1.container_pb2 import RawProgram
from godwitidl.rules.digest import literal_digest, tree_digest
from godwitidl.rules.offloading import OffloadingError, decode_offloaded
from godwitidl.rules.value_json import JsonValueError, from_json, to_json

from godwit_container.shares import Share, local_path
from godwit_container.templates import filled

BLOBS = ("file", "directory", "table")
INLINE_LIMIT = 65_536
_SHOWN = 200


class ValueFault(Exception):  # noqa: N818 - names what is the case
    """A variable cannot be given to the program, or what it wrote is no value. *code*: of the error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def write_inputs(raw: RawProgram, interface: Interface, inputs: NamedLiterals, folder: Path) -> list[Share]:
    """Write each input as a file of *folder*, and return what the container is to see, the folder first.

    Raises:
        ValueFault: a value cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    types = {variable.name: variable.type for variable in interface.inputs}
    shares = [Share(folder, raw.inputs_folder)]
    for given in inputs.values:
        value = given.value
        kind: str = value.WhichOneof("kind") or "none"
        if kind in BLOBS:
            path = local_path(getattr(value, kind).uri)
            if path is None:
                raise ValueFault("INPUT_UNREACHABLE", f"The input {given.name} is not on this host.")
            target = folder / given.name
            if path.is_dir():
                target.mkdir(exist_ok=True)
            else:
                target.touch()
            shares.append(Share(path, f"{raw.inputs_folder}/{given.name}"))
        elif kind != "none":
            text = text_of(value, types[given.name], as_json=given.name in raw.json_variables)
            (folder / given.name).write_text(text, encoding="utf-8")
    return shares


def text_of(value: Literal, of: Type, *, as_json: bool = False) -> str:
    """Return a value as plain text; as JSON where its type asks for that, or *as_json*.

    Raises:
        ValueFault: it cannot be read.
    """
    if value.WhichOneof("kind") == "reference":
        value = _resolved(value)
    try:
        found = to_json(value, of)
    except JsonValueError as error:
        raise ValueFault("INPUT_INVALID", str(error)) from error
    if isinstance(found, str) and not as_json:
        return found
    return json.dumps(found, ensure_ascii=False)


def words_of(words: list[str], raw: RawProgram, interface: Interface, inputs: NamedLiterals) -> list[str]:
    """Return a command with the values of inputs and the paths of outputs filled in.

    Raises:
        ValueFault: a value cannot be read.
    """
    types = {variable.name: variable.type for variable in interface.inputs}
    values = {given.name: given.value for given in inputs.values}

    def text(side: str, name: str) -> str:
        if side == "outputs":
            return f"{raw.outputs_folder}/{name}"
        value = values[name]
        kind = value.WhichOneof("kind")
        if kind in BLOBS:
            return f"{raw.inputs_folder}/{name}"
        return "" if kind == "none" else text_of(value, types[name], as_json=name in raw.json_variables)

    return filled(words, text)


def read_outputs(
    raw: RawProgram, interface: Interface, folder: Path, publish: Callable[[str, Path], str]
) -> tuple[OutputValue, ...]:
    """Return the outputs that a program left in *folder*; *publish* stores a file or folder under a name.

    Raises:
        ValueFault: one is missing, or no value of its type.
    """
    found = []
    for variable in interface.outputs:
        path = folder / variable.name
        value = _read(path, variable.name, variable.type, publish, as_json=variable.name in raw.json_variables)
        digest = literal_digest(value)
        encoded = value.SerializeToString(deterministic=True)
        if len(encoded) > INLINE_LIMIT:
            value = _offloaded(path.with_name(f".{variable.name}.literal"), encoded, digest, variable.type, publish)
            encoded = value.SerializeToString(deterministic=True)
        found.append(OutputValue(variable.name, encoded, digest))
    return tuple(found)


def _read(path: Path, name: str, of: Type, publish: Callable[[str, Path], str], *, as_json: bool) -> Literal:
    if not path.exists():
        if of.nullable:
            value = Literal()
            value.none.SetInParent()
            return value
        raise ValueFault("OUTPUT_MISSING", f"The program left no file {path.name} for its output {name}.")
    if of.WhichOneof("kind") in BLOBS:
        return _blob(path, name, of, publish)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueFault("OUTPUT_INVALID", f"The output {name} is no text file: {error}.") from error
    try:
        return from_json(_parsed(text, of, as_json=as_json), of)
    except (JsonValueError, ValueError) as error:
        shown = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
        raise ValueFault("OUTPUT_INVALID", f"The output {name}: {error} The file says: {shown!r}") from error


def _parsed(text: str, of: Type, *, as_json: bool) -> object:
    if as_json:
        return json.loads(text)
    line = text.removesuffix("\n").removesuffix("\r")
    if of.simple == SIMPLE_TYPE_STRING:
        return line
    try:
        return json.loads(text)
    except ValueError:
        return line.strip()


def _blob(path: Path, name: str, of: Type, publish: Callable[[str, Path], str]) -> Literal:
    kind = of.WhichOneof("kind")
    wants_folder = kind == "directory"
    if kind != "table" and path.is_dir() != wants_folder:
        expected, came = ("folder", "file") if wants_folder else ("file", "folder")
        raise ValueFault("OUTPUT_INVALID", f"The output {name} is to be a {expected}; the program left a {came}.")
    literal = Literal()
    if kind == "directory":
        files = sorted(file for file in path.rglob("*") if file.is_file())
        entries = [(file.relative_to(path).as_posix(), file_digest(file)) for file in files]
        folder = literal.directory
        folder.format, folder.digest = of.directory.format, tree_digest(entries)
        folder.size_bytes, folder.file_count = sum(file.stat().st_size for file in files), len(files)
        folder.uri = publish(name, path)
    elif kind == "file":
        file = literal.file
        file.name, file.format = name, of.file.format
        file.size_bytes, file.digest = path.stat().st_size, file_digest(path)
        file.uri = publish(name, path)
    else:
        raise ValueFault("OUTPUT_INVALID", f"The output {name} is a table; a program of this kind leaves files.")
    return literal


def _offloaded(path: Path, encoded: bytes, digest: bytes, of: Type, publish: Callable[[str, Path], str]) -> Literal:
    path.write_bytes(encoded)
    literal = Literal()
    reference = literal.reference
    reference.size_bytes, reference.digest = len(encoded), digest
    reference.type.CopyFrom(of)
    reference.uri = publish(path.name.lstrip("."), path)
    return literal


def _resolved(value: Literal) -> Literal:
    path = local_path(value.reference.uri)
    if path is None:
        raise ValueFault("INPUT_UNREACHABLE", f"{value.reference.uri} is not on this host.")
    try:
        return decode_offloaded(value.reference, path.read_bytes())
    except (OSError, OffloadingError) as error:
        raise ValueFault("INPUT_UNREADABLE", f"{value.reference.uri} {error}.") from error


def file_digest(path: Path) -> str:
    """Return the digest of a file's bytes."""
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()
