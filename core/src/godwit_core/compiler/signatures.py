"""Interfaces as the compiler uses them: by name, with encoded types and defaults."""

from collections import Counter
from collections.abc import Iterable, Mapping
from re import compile as pattern
from types import MappingProxyType
from typing import Final, NamedTuple

from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.validation import check_type

from godwit_core.compiler.constants import Constants
from godwit_core.compiler.plan import Constant
from godwit_core.compiler.problems import Code, Problems, place

_VARIABLE: Final = pattern(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class Slot(NamedTuple):
    """An input or output.

    Attributes:
        name: its name.
        type: its type; None: it is invalid, which is reported already, so that nothing else is said of it.
        key: the type, encoded.
        required: whether it is an input without a default.
        default: the default; None: it has none, or an invalid one.
    """

    name: str
    type: Type | None
    key: bytes
    required: bool = False
    default: Constant | None = None


class Signature(NamedTuple):
    """Inputs and outputs by name, in order."""

    inputs: Mapping[str, Slot] = MappingProxyType({})
    outputs: Mapping[str, Slot] = MappingProxyType({})


def slot_of(name: str, of: Type | None) -> Slot:
    """Return a slot of a type that is known to be valid, or not known at all."""
    return Slot(name, of, b"" if of is None else of.SerializeToString())


def read_signature(interface: Interface, problems: Problems, constants: Constants) -> Signature:
    """Return the signature of *interface*, and record what is wrong with it."""
    inputs: dict[str, Slot] = {}
    for item in interface.inputs:
        if item.name in inputs:
            problems.add(Code.DUPLICATE_INPUT, f"Inputs have distinct names, but {item.name!r} stands twice.")
            continue
        what = f"input {item.name!r}"
        of = _read_type(item.name, item.type, what, problems)
        default = item.default_value if item.HasField("default_value") else None
        inputs[item.name] = _input(item.name, of, default, what, constants)
    outputs: dict[str, Slot] = {}
    for output in interface.outputs:
        if output.name in outputs:
            problems.add(Code.DUPLICATE_OUTPUT, f"Outputs have distinct names, but {output.name!r} stands twice.")
            continue
        what = f"output {output.name!r}"
        outputs[output.name] = slot_of(output.name, _read_type(output.name, output.type, what, problems))
    return Signature(inputs, outputs)


def _input(name: str, of: Type | None, default: Literal | None, what: str, constants: Constants) -> Slot:
    key = b"" if of is None else of.SerializeToString()
    constant = None
    if default is not None and of is not None:
        constant = constants.constant(default, of, key, what=f"default of {what}", code=Code.INVALID_DEFAULT)
    return Slot(name, of, key, default is None, constant)


def _read_type(name: str, of: Type, what: str, problems: Problems) -> Type | None:
    if not _VARIABLE.fullmatch(name):
        problems.add(
            Code.BAD_NAME,
            f"{what}: a name is a letter or underscore, then letters, digits, underscores, 128 at most.",
            "Rename it.",
        )
    return valid_type(of, what, problems)


def valid_type(of: Type, what: str, problems: Problems) -> Type | None:
    """Return the type; None, and problems, if it is invalid."""
    found = check_type(of)
    for problem in found:
        problems.add(
            Code.INVALID_TYPE, f"{place(what, problem.path)}: expected {problem.expected}, came {problem.came}."
        )
    return None if found else of


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that stand more than once, each once, in order."""
    return [name for name, count in Counter(names).items() if count > 1]
