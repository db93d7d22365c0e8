"""What a cache version was made of, by names that people know: functions, constants, modules, distributions.

Two versions are equal where their parts are. Of code a part has the beginning of a digest, of a distribution its
version.
"""

import ast
import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from godwitidl.core.v1.bundle_pb2 import CodePart

from godwit.code_versions.source import Unit

DIGITS: Final = 12
"""Hexadecimal digits of a digest that are kept: enough to see that two differ."""

_FACTS: Final = {
    "version": "distribution",
    "loose": "package",
    "bytes": "module",
    "missing": "missing module",
    "installed": "installed distribution",
    "everything": "project",
}


def code_parts(interpreter: str, statements: Iterable[tuple[str, Unit, str]], facts: Sequence[str]) -> list[CodePart]:
    """Return the parts of a version, sorted by kind and name.

    Args:
        interpreter: name and version of the interpreter.
        statements: those that count, each with the key of its module and its digest.
        facts: the other lines that the version is made of.
    """
    statements = list(statements)
    name, _, version = interpreter.partition(" ")
    states: dict[tuple[str, str], list[str]] = {("interpreter", name): [version]}
    for key, unit, digest in statements:
        states.setdefault((_kind(unit.node), f"{key}: {_label(unit)}"), []).append(digest)
    for key in dict.fromkeys(key for key, _, _ in statements):
        states["order of statements", key] = [_label(unit) for of, unit, _ in statements if of == key]
    keys = sorted({key for key, _, _ in statements}, key=len, reverse=True)
    for fact in facts:
        kind, named, state = _fact(fact, keys)
        states.setdefault((kind, named), []).append(state)
    return [CodePart(kind=kind, name=name, state=_state(kind, found)) for (kind, name), found in sorted(states.items())]


class PartsTable:
    """The parts of many versions, each once: versions of one project share most of theirs."""

    def __init__(self) -> None:
        self._positions: dict[tuple[str, str, str], int] = {}

    def positions(self, parts: Iterable[CodePart]) -> list[int]:
        """Take *parts* in; return where they stand."""
        known = self._positions
        return [known.setdefault((part.kind, part.name, part.state), len(known)) for part in parts]

    def messages(self) -> list[CodePart]:
        """Return all that was taken in, in order."""
        return [CodePart(kind=kind, name=name, state=state) for kind, name, state in self._positions]


def _kind(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return "function"
        case ast.ClassDef():
            return "class"
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return "constant"
        case _:
            return "statement"


def _label(unit: Unit) -> str:
    return ", ".join(sorted(unit.names)) or "without a name"


def _fact(fact: str, keys: Sequence[str]) -> tuple[str, str, str]:
    """Return kind, name and state of what one line says."""
    word, _, rest = fact.partition(" ")
    if word == "name":
        module = next((key for key in keys if rest.startswith((f"{key}:", f"{key} "))), "")
        return "meaning of names", module, rest
    if word == "everything":
        return _FACTS[word], "all source", rest
    if word in _FACTS:
        name, _, state = rest.rpartition(" ")
        return (_FACTS[word], name, state) if name else (_FACTS[word], rest, "")
    return "order of imports", "", rest


def _state(kind: str, found: Sequence[str]) -> str:
    """Return one text for what was found of a part: a version as it is, of anything else a digest."""
    if kind in {"distribution", "interpreter"} and len(found) == 1:
        return found[0]
    text = "\n".join(found)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS] if text else ""
