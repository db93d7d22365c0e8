"""What a codec is: the translation of one annotation, compiled once, used for every value.

`fill` writes into a literal that is already there, so that a list of a thousand items makes no thousand copies.
"""

from typing import Any, Final

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.castability import CastError, coerce
from godwitidl.rules.rendering import render_literal, render_type

from godwit.types.errors import ValueMismatch, show_value
from godwit.types.offloading import load_reference

NO_MATCH: Final = 0
CONVERTIBLE: Final = 1
INSTANCE: Final = 2
EXACT: Final = 3


class Codec:
    """Translates the values of one annotation.

    Attributes:
        type: the contract's type.
        kind: the kind of literal that it reads itself.
    """

    __slots__ = ("kind", "type")

    def __init__(self, type_: Type, kind: str) -> None:
        self.type = type_
        self.kind = kind

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:
        """Write *value* into *literal*, which is empty.

        Raises:
            ValueMismatch: the value is not of the annotation.
            DataError: data cannot be stored.
        """
        raise NotImplementedError

    def read(self, literal: Literal, data: DataAccess) -> Any:
        """Return the value of *literal*, which is of `kind`."""
        raise NotImplementedError

    def rank(self, value: Any) -> int:
        """Return how well *value* fits: `NO_MATCH`, `CONVERTIBLE`, `INSTANCE` or `EXACT`. Decides between members."""
        raise NotImplementedError

    def decode(self, literal: Literal, data: DataAccess) -> Any:
        """Return the value of *literal*, inline or offloaded.

        Raises:
            ValueMismatch: the literal is of another type.
            DataError: data is missing or corrupt.
        """
        if literal.WhichOneof("kind") == self.kind:
            return self.read(literal, data)
        return self.decode_other(literal, data)

    def decode_other(self, literal: Literal, data: DataAccess) -> Any:
        """Return the value of a literal that is not of `kind`: an offloaded one, or an error."""
        if not literal.HasField("reference"):
            raise self.unreadable(literal)
        return self.decode(self.resolve(literal, data), data)

    def resolve(self, literal: Literal, data: DataAccess) -> Literal:
        """Return the literal that an offloaded one stands for, made into one of this type."""
        reference = literal.reference
        stored = load_reference(reference, data)
        if stored.HasField("reference"):
            raise ValueMismatch(render_type(self.type), "a reference to another reference")
        if not reference.HasField("type") or reference.type == self.type:
            return stored
        try:
            return coerce(stored, reference.type, self.type)
        except CastError as error:
            raise ValueMismatch(render_type(self.type), str(error)) from None

    def unfit(self, value: Any, *, hint: str = "") -> ValueMismatch:
        """Return the error that *value* is not of this type."""
        return ValueMismatch(render_type(self.type), show_value(value), hint=hint)

    def unreadable(self, literal: Literal) -> ValueMismatch:
        """Return the error that *literal* is not of this type."""
        if literal.WhichOneof("kind") is None:
            return ValueMismatch(
                render_type(self.type),
                "a literal of a kind unknown here",
                hint="It was written by a newer version: upgrade this side.",
            )
        return ValueMismatch(render_type(self.type), render_literal(literal))


def simple(kind: SimpleType.ValueType) -> Type:
    """Return a type without parts."""
    return Type(simple=kind)
