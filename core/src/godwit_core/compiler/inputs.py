"""Inputs of an execution, checked at the door."""

from collections.abc import Mapping

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.castability import CastError, Level, castability, coerce
from godwitidl.rules.digest import literal_digest
from godwitidl.rules.rendering import render_type
from godwitidl.rules.validation import check_literal

from godwit_core.compiler.problems import suggest
from godwit_core.compiler.relations import natural_type


def bind_inputs(interface: Interface, given: Mapping[str, Literal]) -> dict[str, tuple[bytes, bytes]]:
    """Return the value of each input, encoded, and its digest, in the order of the interface.

    A value that is not of the input's type, but whose own type casts to it (an integer for a float), is converted.
    Inputs that are not given take their defaults.

    Raises:
        InvalidInput: an input is unknown, missing, or not of its type; names every one of them.
    """
    names = [item.name for item in interface.inputs]
    unknown = [name for name in given if name not in names]
    faults = [f"There is no input {name!r}. {suggest(name, names, what='inputs')}" for name in unknown]
    values: dict[str, tuple[bytes, bytes]] = {}
    for item in interface.inputs:
        value = given.get(item.name)
        if value is not None:
            literal = _fitted(item.name, value, item.type, faults)
        elif item.HasField("default_value"):
            literal = item.default_value
        else:
            faults.append(f"Input {item.name!r}, of type {render_type(item.type)}, is missing.")
            continue
        if literal is not None:
            values[item.name] = (literal.SerializeToString(deterministic=True), literal_digest(literal))
    if faults:
        raise InvalidInput("\n".join(faults), hint="Nothing was started.")
    return values


def _fitted(name: str, value: Literal, of: Type, faults: list[str]) -> Literal | None:
    problems = check_literal(value, of)
    if not problems:
        return value
    converted = _converted(value, of)
    if converted is not None and not check_literal(converted, of):
        return converted
    for problem in problems:
        at = f" at {problem.path}" if problem.path else ""
        faults.append(f"Input {name!r}{at}: expected {problem.expected}, came {problem.came}.")
    return None


def _converted(value: Literal, of: Type) -> Literal | None:
    natural = natural_type(value)
    if natural is None or castability(natural, of) is Level.NO:
        return None
    try:
        return coerce(value, natural, of)
    except CastError:
        return None
