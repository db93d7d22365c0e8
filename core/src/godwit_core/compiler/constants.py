"""Constants: checked against a type, never cast to it, then encoded with their digest."""

from types import MappingProxyType
from typing import Final

from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.digest import literal_digest
from godwitidl.rules.validation import MAX_DEPTH, check_depth, check_literal
from google.protobuf.message import EncodeError

from godwit_core.compiler.plan import Constant
from godwit_core.compiler.problems import Code, Problems, place

_PLAIN: Final = MappingProxyType(
    {
        "bool_value": SimpleType.SIMPLE_TYPE_BOOL,
        "int_value": SimpleType.SIMPLE_TYPE_INT,
        "float_value": SimpleType.SIMPLE_TYPE_FLOAT,
        "string_value": SimpleType.SIMPLE_TYPE_STRING,
        "bytes_value": SimpleType.SIMPLE_TYPE_BYTES,
    }
)
"""Kinds of literals of which each is a value of one type: nothing is left to check."""


class Constants:
    """Encoded constants, remembered by literal and type for as long as one compilation takes."""

    __slots__ = ("_known", "_problems")

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._known: dict[tuple[bytes, bytes], Constant] = {}

    def constant(
        self, literal: Literal, of: Type, key: bytes, *, what: str, code: Code = Code.INVALID_VALUE
    ) -> Constant | None:
        """Return *literal* encoded, or None and problems if it is no value of the type.

        Args:
            literal: the value.
            of: the type, valid.
            key: the same, encoded.
            what: where the constant stands, in words: `input 'x'`.
            code: code of the problem, unless it is an enum's.
        """
        try:
            encoded = literal.SerializeToString(deterministic=True)
        except EncodeError:
            self._problems.add(Code.TOO_DEEP, f"{what}: values nest {MAX_DEPTH} deep at most.")
            return None
        constant = self._known.get((encoded, key))
        if constant is None:
            is_plain = of.simple and of.simple == _PLAIN.get(literal.WhichOneof("kind") or "")
            if not is_plain and not self.check(literal, of, what=what, code=code):
                return None
            constant = self._known[encoded, key] = Constant(encoded, literal_digest(literal))
        return constant

    def check(self, literal: Literal, of: Type, *, what: str, code: Code = Code.INVALID_VALUE) -> bool:
        """Whether *literal* is a value of the type; problems are recorded."""
        found = check_literal(literal, of)
        for problem in found:
            self._problems.add(
                _code(literal, of, code),
                f"{place(what, problem.path)}: expected {problem.expected}, came {problem.came}.",
                "Constants are not converted: write a value of the type.",
            )
        return not found


def _code(literal: Literal, of: Type, code: Code) -> Code:
    if check_depth(literal):
        return Code.TOO_DEEP
    is_symbol = of.WhichOneof("kind") == "enum" and literal.WhichOneof("kind") == "string_value"
    return Code.ILLEGAL_ENUM_VALUE if is_symbol and code is Code.INVALID_VALUE else code
