"""Codecs of lists, tuples, sets and maps."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import ListType, Literal, MapType, SetType, TupleType, Type

from godwit.types.codec import CONVERTIBLE, EXACT, INSTANCE, NO_MATCH, Codec
from godwit.types.errors import ValueMismatch, show_value
from godwit.types.scalars import FloatCodec, IntCodec
from godwit.types.unions import NullableCodec


class ListCodec(Codec):
    """`list[T]`, `tuple[T, ...]`, `Sequence[T]`."""

    __slots__ = ("_accepted", "_item", "_make")

    def __init__(
        self, item: Codec, accepted: tuple[type[Collection[Any]], ...], make: Callable[[Iterable[Any]], Any]
    ) -> None:
        super().__init__(Type(list=ListType(item=item.type)), "list")
        self._item = item
        self._accepted = accepted
        self._make = make

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        if not isinstance(value, self._accepted):
            raise self.unfit(value, hint=_HINTS.get(type(value).__name__, ""))
        target = literal.list
        target.SetInParent()
        add, fill = target.items.add, self._item.fill
        index = 0
        try:
            for index, item in enumerate(value):  # noqa: B007 - the error says how far it came
                fill(add(), item, data)
        except ValueMismatch as mismatch:
            raise mismatch.within(f"[{index}]") from None

    def read(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        decode = self._item.decode
        values: list[Any] = []
        try:
            values.extend(decode(item, data) for item in literal.list.items)
        except ValueMismatch as mismatch:
            raise mismatch.within(f"[{len(values)}]") from None
        return self._made(values)

    def decode_other(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        # Packed numbers mean the same as a list of literals; a list of int feeds a list of int | None as it is.
        item = self._item.inner if isinstance(self._item, NullableCodec) else self._item
        if literal.HasField("ints") and isinstance(item, IntCodec):
            return self._made(list(literal.ints.items))
        if literal.HasField("floats") and isinstance(item, FloatCodec):
            return self._made(list(literal.floats.items))
        return super().decode_other(literal, data)

    def _made(self, values: list[Any]) -> Any:
        return values if self._make is list else self._make(values)

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if not isinstance(value, self._accepted):
            return NO_MATCH
        return min((self._item.rank(item) for item in value), default=EXACT)


class NumbersCodec(ListCodec):
    """A list of int or of float, written packed."""

    __slots__ = ("_exact", "_field")

    def __init__(
        self, item: Codec, accepted: tuple[type[Collection[Any]], ...], make: Callable[[Iterable[Any]], Any]
    ) -> None:
        super().__init__(item, accepted, make)
        self._exact = int if isinstance(item, IntCodec) else float
        self._field = "ints" if self._exact is int else "floats"

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        if not isinstance(value, self._accepted) or not value or set(map(type, value)) != {self._exact}:
            super().fill(literal, value, data)
            return
        try:
            getattr(literal, self._field).items.extend(value)
        except ValueError:
            literal.Clear()
            super().fill(literal, value, data)


class TupleCodec(Codec):
    """`tuple[A, B]`: a fixed number of values, each of its own type."""

    __slots__ = ("_items",)

    def __init__(self, items: tuple[Codec, ...]) -> None:
        super().__init__(Type(tuple=TupleType(items=[item.type for item in items])), "list")
        self._items = items

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        if not isinstance(value, tuple) or len(value) != len(self._items):
            raise self.unfit(value)
        target = literal.list
        target.SetInParent()
        for index, (codec, item) in enumerate(zip(self._items, value, strict=True)):
            try:
                codec.fill(target.items.add(), item, data)
            except ValueMismatch as mismatch:
                raise mismatch.within(f"[{index}]") from None

    def read(self, literal: Literal, data: DataAccess) -> tuple[Any, ...]:  # noqa: D102 - see Codec
        items = literal.list.items
        if len(items) != len(self._items):
            raise self.unreadable(literal)
        values = []
        for index, (codec, item) in enumerate(zip(self._items, items, strict=True)):
            try:
                values.append(codec.decode(item, data))
            except ValueMismatch as mismatch:
                raise mismatch.within(f"[{index}]") from None
        return tuple(values)

    def decode_other(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        for field in ("ints", "floats"):
            if literal.HasField(field):
                return self.read(_unpacked(literal, field), data)
        return super().decode_other(literal, data)

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if not isinstance(value, tuple) or len(value) != len(self._items):
            return NO_MATCH
        return min(
            (codec.rank(item) for codec, item in zip(self._items, value, strict=True)),
            default=EXACT,
        )


class SetCodec(Codec):
    """`set[T]` and `frozenset[T]`. Written sorted, so that equal sets give equal bytes."""

    __slots__ = ("_item", "_make")

    def __init__(self, item: Codec, make: Callable[[Iterable[Any]], Any]) -> None:
        super().__init__(Type(set=SetType(item=item.type)), "set")
        self._item = item
        self._make = make

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        if not isinstance(value, set | frozenset):
            raise self.unfit(value)
        items = []
        for item in value:
            element = Literal()
            try:
                self._item.fill(element, item, data)
            except ValueMismatch as mismatch:
                raise mismatch.within(f"{{{show_value(item)}}}") from None
            items.append(element)
        literal.set.SetInParent()
        literal.set.items.extend(sorted(items, key=_bytes_of))

    def read(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        values = self._make(self._item.decode(item, data) for item in literal.set.items)
        if len(values) != len(literal.set.items):
            raise ValueMismatch("a set of distinct elements", "a set that holds one of them twice")
        return values

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if not isinstance(value, set | frozenset):
            return NO_MATCH
        own = EXACT if type(value) is self._make else INSTANCE
        return min((self._item.rank(item) for item in value), default=own)


class MapCodec(Codec):
    """`dict[K, V]` and `Mapping[K, V]`. Keeps the order of insertion."""

    __slots__ = ("_key", "_value")

    def __init__(self, key: Codec, value: Codec) -> None:
        super().__init__(Type(map=MapType(key=key.type, value=value.type)), "map")
        self._key = key
        self._value = value

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        if not isinstance(value, Mapping):
            raise self.unfit(value)
        target = literal.map
        target.SetInParent()
        for key, item in value.items():
            entry = target.entries.add()
            try:
                self._key.fill(entry.key, key, data)
                self._value.fill(entry.value, item, data)
            except ValueMismatch as mismatch:
                raise mismatch.within(f"[{key!r}]") from None

    def read(self, literal: Literal, data: DataAccess) -> dict[Any, Any]:  # noqa: D102 - see Codec
        values = {}
        for entry in literal.map.entries:
            key = self._key.decode(entry.key, data)
            try:
                values[key] = self._value.decode(entry.value, data)
            except ValueMismatch as mismatch:
                raise mismatch.within(f"[{key!r}]") from None
        if len(values) != len(literal.map.entries):
            raise ValueMismatch("a map of distinct keys", "a map that holds one of them twice")
        return values

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if not isinstance(value, Mapping):
            return NO_MATCH
        ranks = (min(self._key.rank(key), self._value.rank(item)) for key, item in value.items())
        return min(ranks, default=EXACT if isinstance(value, dict) else CONVERTIBLE)


_HINTS: Final = {
    "ndarray": "Return value.tolist(), or annotate numpy.ndarray.",
    "Series": "Return value.tolist(), or annotate pandas.DataFrame and return value.to_frame().",
    "generator": "Return list(value).",
    "tuple": "Return list(value), or annotate tuple.",
    "range": "Return list(value).",
}


def _bytes_of(literal: Literal) -> bytes:
    return literal.SerializeToString(deterministic=True)


def _unpacked(literal: Literal, field: str) -> Literal:
    unpacked = Literal()
    unpacked.list.SetInParent()
    for item in getattr(literal, field).items:
        if field == "ints":
            unpacked.list.items.add().int_value = item
        else:
            unpacked.list.items.add().float_value = item
    return unpacked
