"""Inputs of tasks as services take them, and what services give as outputs."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from godwit_plugin_api.backend import AttemptRequest, OutputValue
from godwit_plugin_api.errors import DataError
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import DataRef, Literal, NamedLiterals, Type
from godwitidl.rules.castability import coerce
from godwitidl.rules.digest import literal_digest
from godwitidl.rules.offloading import OffloadingError, decode_offloaded
from godwitidl.rules.rendering import render_type
from godwitidl.rules.value_json import JsonValueError, from_json, to_json

from godwit_webapi.installed import Installed

INLINE_LIMIT_BYTES = 65_536
"""Largest value that travels inline, as the contract has it."""


class OutputMissing(Exception):  # noqa: N818 - names what the service did
    """The service gave no value of an output's type."""


def input_literals(request: AttemptRequest, interface: Interface, installed: Installed) -> dict[str, Literal]:
    """Return the inputs of *request*, each a value of its declared type, whatever was passed by reference read.

    Raises:
        DataError: what is referred to cannot be read.
    """
    given = {value.name: value.value for value in NamedLiterals.FromString(request.inputs).values}
    return {
        item.name: _of_type(given[item.name], item.type, installed) for item in interface.inputs if item.name in given
    }


def inputs_json(request: AttemptRequest, interface: Interface, installed: Installed) -> dict[str, Any]:
    """Return the inputs of *request* as JSON, by the contract's mapping; raises as `input_literals` does."""
    literals = input_literals(request, interface, installed)
    types = {item.name: item.type for item in interface.inputs}
    return {name: to_json(literal, types[name]) for name, literal in literals.items()}


def _of_type(literal: Literal, of: Type, installed: Installed) -> Literal:
    if literal.WhichOneof("kind") != "reference":
        return literal
    reference = literal.reference
    read = _read(reference, installed)
    return coerce(read, reference.type, of) if reference.HasField("type") else read


def _read(reference: DataRef, installed: Installed) -> Literal:
    with installed.store(reference.uri).open(reference.uri) as stream:
        stored = stream.read()
    try:
        return decode_offloaded(reference, stored)
    except OffloadingError as error:
        raise DataError(f"The value at {reference.uri} {error}.", code="DATA_CORRUPT") from None


def outputs_of(
    values: Mapping[str, Any], request: AttemptRequest, interface: Interface, installed: Installed
) -> tuple[OutputValue, ...]:
    """Return the outputs of an interface, in its order. *values* are JSON, or literals of the outputs' types.

    Large ones are stored below the attempt's prefix, and passed by reference.

    Raises:
        OutputMissing: there is no value of an output, or none of its type.
        DataError: one cannot be stored.
    """
    outputs = []
    for item in interface.outputs:
        if item.name not in values:
            raise OutputMissing(f"The service gave nothing for the output {item.name}.")
        literal = values[item.name]
        if not isinstance(literal, Literal):
            try:
                literal = from_json(literal, item.type)
            except JsonValueError as error:
                message = f"What the service gave for {item.name} is no {render_type(item.type)}: {error}"
                raise OutputMissing(message) from None
        digest = literal_digest(literal)
        passed = _by_reference(item.name, literal, item.type, digest, request, installed)
        outputs.append(OutputValue(item.name, passed.SerializeToString(), digest))
    return tuple(outputs)


def _by_reference(
    name: str, literal: Literal, of: Type, digest: bytes, request: AttemptRequest, installed: Installed
) -> Literal:
    if literal.ByteSize() <= INLINE_LIMIT_BYTES:
        return literal
    stored = literal.SerializeToString()
    uri = f"{request.output_prefix}/{name}.pb"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.pb")
        path.write_bytes(stored)
        installed.store(uri).put_file(path, uri)
    return Literal(reference=DataRef(uri=uri, size_bytes=len(stored), digest=digest, type=of))
