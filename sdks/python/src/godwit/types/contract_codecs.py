"""Codecs of the contract's types, for values whose annotation is not at hand: constants in workflows, shown outputs.

Records are written from dataclasses, named tuples, models and mappings, and read as dicts; enums are written from
members and their names, and read as names.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.rendering import render_type

from godwit.files import Directory, File
from godwit.types.blobs import DirectoryCodec, FileCodec
from godwit.types.codec import EXACT, INSTANCE, NO_MATCH, Codec
from godwit.types.containers import ListCodec, MapCodec, NumbersCodec, SetCodec, TupleCodec
from godwit.types.errors import ValueMismatch
from godwit.types.marked import JsonCodec
from godwit.types.records import Field, RecordCodec
from godwit.types.scalars import (
    BoolCodec,
    BytesCodec,
    DecimalCodec,
    FloatCodec,
    IntCodec,
    StringCodec,
    UuidCodec,
    is_uuid,
)
from godwit.types.symbols import SymbolCodec
from godwit.types.times import DateCodec, DatetimeCodec, DurationCodec
from godwit.types.unions import NullableCodec, UnionCodec

CodecOfAnnotation = Callable[[Any], Codec]

_SIMPLE: Final[dict[SimpleType.ValueType, Callable[[], Codec]]] = {
    SimpleType.SIMPLE_TYPE_BOOL: BoolCodec,
    SimpleType.SIMPLE_TYPE_INT: IntCodec,
    SimpleType.SIMPLE_TYPE_FLOAT: FloatCodec,
    SimpleType.SIMPLE_TYPE_DECIMAL: DecimalCodec,
    SimpleType.SIMPLE_TYPE_STRING: StringCodec,
    SimpleType.SIMPLE_TYPE_BYTES: BytesCodec,
    SimpleType.SIMPLE_TYPE_DATE: DateCodec,
    SimpleType.SIMPLE_TYPE_DATETIME: DatetimeCodec,
    SimpleType.SIMPLE_TYPE_DURATION: DurationCodec,
    SimpleType.SIMPLE_TYPE_UUID: UuidCodec,
    SimpleType.SIMPLE_TYPE_JSON: JsonCodec,
}
_PLAIN_CLASSES: Final = (bool, int, float, str, bytes, Decimal, list, tuple, dict, set, frozenset, type(None))


def codec_of_type(type_: Type, of_annotation: CodecOfAnnotation) -> Codec:
    """Return the codec of *type_*; *of_annotation* gives those of classes that only their own codec knows.

    Raises:
        ValueMismatch: no value can be written as this type, or read from it, without its annotation.
    """
    if not type_.nullable:
        return _plain(type_, of_annotation)
    inner = Type()
    inner.CopyFrom(type_)
    inner.nullable = False
    return NullableCodec(_plain(inner, of_annotation))


def _plain(type_: Type, of_annotation: CodecOfAnnotation) -> Codec:  # noqa: C901 - one case for each kind of type
    def part(of: Type) -> Codec:
        return codec_of_type(of, of_annotation)

    match type_.WhichOneof("kind"):
        case "simple" if type_.simple in _SIMPLE:
            return _SIMPLE[type_.simple]()
        case "list":
            item = part(type_.list.item)
            return (NumbersCodec if isinstance(item, IntCodec | FloatCodec) else ListCodec)(item, (list, tuple), list)
        case "tuple":
            return TupleCodec(tuple(part(item) for item in type_.tuple.items))
        case "set":
            return SetCodec(part(type_.set.item), set)
        case "map":
            return MapCodec(part(type_.map.key), part(type_.map.value))
        case "enum":
            return _EnumNameCodec(type_)
        case "record":
            return _record(type_, part)
        case "union":
            return UnionCodec([(member.tag, part(member.type)) for member in type_.union.members])
        case "file":
            return _ForeignCodec(type_, FileCodec(File, type_.file.format), of_annotation)
        case "directory":
            return _ForeignCodec(type_, DirectoryCodec(Directory, type_.directory.format), of_annotation)
        case "table":
            return _ForeignCodec(type_, None, of_annotation)
        case _:
            raise ValueMismatch("a type that is known here", render_type(type_), hint="Upgrade this side.")


def _record(type_: Type, part: Callable[[Type], Codec]) -> Codec:
    fields = [
        Field(
            field.name,
            part(field.type),
            field.default_value if field.HasField("default_value") else None,
            field.description,
        )
        for field in type_.record.fields
    ]
    names = [field.name for field in fields]

    def matches(value: Any) -> int:
        if isinstance(value, Mapping):
            return INSTANCE if value.keys() == set(names) else NO_MATCH
        is_record = not _is_plain(value) or hasattr(value, "_fields")
        return INSTANCE if is_record and all(hasattr(value, name) for name in names) else NO_MATCH

    return RecordCodec(
        type_.record.name,
        fields,
        matches=matches,
        get=lambda value, name: value[name] if isinstance(value, Mapping) else getattr(value, name),
        make=dict,
        description=type_.record.description,
    )


def _is_plain(value: Any) -> bool:
    return isinstance(value, _PLAIN_CLASSES) or is_uuid(type(value))


class _EnumNameCodec(SymbolCodec):
    """An enum of which only the names are known."""

    __slots__ = ()

    def __init__(self, type_: Type) -> None:
        super().__init__(tuple(type_.enum.symbols))
        self.type = type_

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:
        super().fill(literal, value.name if isinstance(value, Enum) else value, data)

    def rank(self, value: Any) -> int:
        return super().rank(value.name if isinstance(value, Enum) else value)


class _ForeignCodec(Codec):
    """A file, folder or table: written by the codec of the value's own class, read where a light class is there."""

    __slots__ = ("_of_annotation", "_own")

    def __init__(self, type_: Type, own: Codec | None, of_annotation: CodecOfAnnotation) -> None:
        super().__init__(type_, own.kind if own else "")
        self._own = own
        self._of_annotation = of_annotation

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:
        if self._own is not None and self._own.rank(value) != NO_MATCH:
            self._own.fill(literal, value, data)
            return
        if _is_plain(value):
            raise self.unfit(value)
        codec = self._of_annotation(type(value))
        if codec.type.WhichOneof("kind") != self.type.WhichOneof("kind"):
            raise self.unfit(value)
        codec.fill(literal, value, data)

    def decode(self, literal: Literal, data: DataAccess) -> Any:
        if self._own is None:
            raise ValueMismatch("an annotation to read a table with", "none", hint="Read it by its uri.")
        return self._own.decode(literal, data)

    def rank(self, value: Any) -> int:
        if self._own is not None and (rank := self._own.rank(value)) != NO_MATCH:
            return rank
        return NO_MATCH if _is_plain(value) else EXACT
