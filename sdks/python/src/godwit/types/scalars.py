"""Codecs of values without parts, but for those of time."""

import operator
from decimal import Decimal, InvalidOperation
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, SimpleType

from godwit.types.codec import CONVERTIBLE, EXACT, INSTANCE, NO_MATCH, Codec, simple

if TYPE_CHECKING:
    from uuid import UUID

MIN_INT: Final = -(2**63)
MAX_INT: Final = 2**63 - 1

_TOO_LARGE: Final = "int holds 64 bits; annotate decimal.Decimal for larger numbers."


class BoolCodec(Codec):
    """`bool`; numpy's bool counts."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_BOOL), "bool_value")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if self.rank(value) == NO_MATCH:
            raise self.unfit(value)
        literal.bool_value = bool(value)

    def read(self, literal: Literal, data: DataAccess) -> bool:  # noqa: D102, ARG002 - see Codec
        return literal.bool_value

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if value is True or value is False:
            return EXACT
        return CONVERTIBLE if _is_numpy_bool(value) else NO_MATCH


class IntCodec(Codec):
    """`int`; whatever is an index to Python counts, bool does not."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_INT), "int_value")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if type(value) is not int:
            value = self.to_int(value)
        try:
            literal.int_value = value
        except ValueError:
            raise self.unfit(value, hint=_TOO_LARGE) from None

    def to_int(self, value: Any) -> int:
        """Return *value* as an `int`.

        Raises:
            ValueMismatch: it is none.
        """
        if self.rank(value) == NO_MATCH:
            raise self.unfit(value)
        return operator.index(value)

    def decode(self, literal: Literal, data: DataAccess) -> int:  # noqa: D102 - see Codec
        if literal.HasField("int_value"):
            return literal.int_value
        decoded: int = self.decode_other(literal, data)
        return decoded

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if type(value) is int:
            return EXACT if MIN_INT <= value <= MAX_INT else NO_MATCH
        if isinstance(value, bool) or _is_numpy_bool(value) or getattr(value, "shape", ()) != ():
            return NO_MATCH
        if isinstance(value, int):
            return INSTANCE
        return CONVERTIBLE if hasattr(type(value), "__index__") else NO_MATCH


class FloatCodec(Codec):
    """`float`; an int counts where it is exact, as do numpy's numbers."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_FLOAT), "float_value")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        literal.float_value = value if type(value) is float else self.to_float(value)

    def to_float(self, value: Any) -> float:
        """Return *value* as a `float`.

        Raises:
            ValueMismatch: it is none, or an int that has no exact float.
        """
        if self.rank(value) == NO_MATCH:
            raise self.unfit(value)
        try:
            number = float(value)
        except OverflowError:
            raise self.unfit(value) from None
        if isinstance(value, int) and number != value:
            raise self.unfit(value, hint="No float is exactly this number: annotate int, or decimal.Decimal.")
        return number

    def decode(self, literal: Literal, data: DataAccess) -> float:  # noqa: D102 - see Codec
        if literal.HasField("float_value"):
            return literal.float_value
        decoded: float = self.decode_other(literal, data)
        return decoded

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if type(value) is float:
            return EXACT
        if isinstance(value, float):
            return INSTANCE
        if isinstance(value, bool) or not isinstance(value, Real):
            return NO_MATCH
        return CONVERTIBLE


class StringCodec(Codec):
    """`str`."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_STRING), "string_value")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if not isinstance(value, str):
            raise self.unfit(value)
        try:
            literal.string_value = value if type(value) is str else str.__str__(value)
        except ValueError:
            raise self.unfit(value, hint="A lone surrogate is no Unicode text: annotate bytes.") from None

    def decode(self, literal: Literal, data: DataAccess) -> str:  # noqa: D102 - see Codec
        if literal.HasField("string_value"):
            return literal.string_value
        decoded: str = self.decode_other(literal, data)
        return decoded

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        return _rank_of_class(value, str)


class BytesCodec(Codec):
    """`bytes`; bytearray and memoryview count."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_BYTES), "bytes_value")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if not isinstance(value, bytes | bytearray | memoryview):
            raise self.unfit(value)
        literal.bytes_value = bytes(value)

    def read(self, literal: Literal, data: DataAccess) -> bytes:  # noqa: D102, ARG002 - see Codec
        return literal.bytes_value

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if isinstance(value, bytearray | memoryview):
            return CONVERTIBLE
        return _rank_of_class(value, bytes)


class DecimalCodec(Codec):
    """`decimal.Decimal`; an int counts. Scale is kept: 1.0 and 1.00 differ."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_DECIMAL), "decimal")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if self.rank(value) == NO_MATCH:
            raise self.unfit(value)
        number = Decimal(value)
        if not number.is_finite():
            raise self.unfit(value, hint="A decimal is a number: neither NaN nor an infinity.")
        # Whether the exponent is a capital E is up to the ambient context.
        literal.decimal = str(number).upper()

    def read(self, literal: Literal, data: DataAccess) -> Decimal:  # noqa: D102, ARG002 - see Codec
        try:
            return Decimal(literal.decimal)
        except InvalidOperation:
            raise self.unreadable(literal) from None

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if isinstance(value, int) and not isinstance(value, bool):
            return CONVERTIBLE
        return _rank_of_class(value, Decimal)


class UuidCodec(Codec):
    """`uuid.UUID`."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_UUID), "uuid")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if not is_uuid(type(value)):
            raise self.unfit(value)
        literal.uuid = str(value)

    def read(self, literal: Literal, data: DataAccess) -> "UUID":  # noqa: D102, ARG002 - see Codec
        from uuid import UUID  # noqa: PLC0415 - 2 ms that few tasks need

        try:
            return UUID(literal.uuid)
        except ValueError:
            raise self.unreadable(literal) from None

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        of = type(value)
        return NO_MATCH if not is_uuid(of) else EXACT if _is_class(of, "uuid", "UUID") else INSTANCE


def is_uuid(cls: type) -> bool:
    """Return whether *cls* is `uuid.UUID` or a class made of it, without importing it."""
    return any(_is_class(base, "uuid", "UUID") for base in cls.__mro__)


def _is_class(cls: type, module: str, name: str) -> bool:
    return cls.__name__ == name and cls.__module__ == module


def _rank_of_class(value: Any, of: type) -> int:
    if type(value) is of:
        return EXACT
    return INSTANCE if isinstance(value, of) else NO_MATCH


def _is_numpy_bool(value: Any) -> bool:
    # Asked by name, so that nothing imports numpy for it.
    of = type(value)
    return of.__module__ == "numpy" and of.__name__ in {"bool", "bool_"}
