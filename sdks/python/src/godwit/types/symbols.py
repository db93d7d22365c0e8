"""Codecs of values that are one of some names: enums, and literal strings."""

from enum import Enum
from typing import Any

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import EnumType, Literal, Type

from godwit.types.codec import EXACT, NO_MATCH, Codec
from godwit.types.errors import ValueMismatch


class EnumCodec(Codec):
    """A subclass of `enum.Enum`, by the names of its members; their values do not travel."""

    __slots__ = ("_of",)

    def __init__(self, of: type[Enum]) -> None:
        symbols = [member.name for member in of]
        super().__init__(Type(enum=EnumType(name=of.__name__, symbols=symbols)), "string_value")
        self._of = of

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if not isinstance(value, self._of):
            raise self.unfit(value)
        literal.string_value = value.name

    def read(self, literal: Literal, data: DataAccess) -> Enum:  # noqa: D102, ARG002 - see Codec
        try:
            return self._of[literal.string_value]
        except KeyError:
            raise _unknown_symbol(self.type, literal.string_value) from None

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        return EXACT if isinstance(value, self._of) else NO_MATCH


class SymbolCodec(Codec):
    """`typing.Literal` of strings."""

    __slots__ = ("_symbols",)

    def __init__(self, symbols: tuple[str, ...]) -> None:
        super().__init__(Type(enum=EnumType(symbols=symbols)), "string_value")
        self._symbols = frozenset(symbols)

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if self.rank(value) == NO_MATCH:
            raise _unknown_symbol(self.type, value) if isinstance(value, str) else self.unfit(value)
        literal.string_value = str.__str__(value)

    def read(self, literal: Literal, data: DataAccess) -> str:  # noqa: D102, ARG002 - see Codec
        if literal.string_value not in self._symbols:
            raise _unknown_symbol(self.type, literal.string_value)
        return literal.string_value

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        return EXACT if isinstance(value, str) and value in self._symbols else NO_MATCH


def _unknown_symbol(type_: Type, symbol: str) -> ValueMismatch:
    name = f"{type_.enum.name}: " if type_.enum.name else ""
    return ValueMismatch(f"{name}one of {', '.join(type_.enum.symbols)}", repr(symbol))
