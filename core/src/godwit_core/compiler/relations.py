"""Types as the compiler handles them: small constructors, the type of a literal alone, and remembered castability."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.castability import Level, castability
from godwitidl.rules.validation import check_depth

_SIMPLE_OF_LITERAL: Final = MappingProxyType(
    {
        "bool_value": SimpleType.SIMPLE_TYPE_BOOL,
        "int_value": SimpleType.SIMPLE_TYPE_INT,
        "float_value": SimpleType.SIMPLE_TYPE_FLOAT,
        "decimal": SimpleType.SIMPLE_TYPE_DECIMAL,
        "string_value": SimpleType.SIMPLE_TYPE_STRING,
        "bytes_value": SimpleType.SIMPLE_TYPE_BYTES,
        "date": SimpleType.SIMPLE_TYPE_DATE,
        "datetime": SimpleType.SIMPLE_TYPE_DATETIME,
        "duration": SimpleType.SIMPLE_TYPE_DURATION,
        "uuid": SimpleType.SIMPLE_TYPE_UUID,
        "json": SimpleType.SIMPLE_TYPE_JSON,
        "error": SimpleType.SIMPLE_TYPE_ERROR,
    }
)


def simple_type(simple: SimpleType.ValueType) -> Type:
    """Return the type without parts."""
    return Type(simple=simple)


def is_bool(of: Type) -> bool:
    """Whether it is BOOL, and not nullable."""
    return of.simple == SimpleType.SIMPLE_TYPE_BOOL and not of.nullable


def list_type(item: Type) -> Type:
    """Return the type of a list of *item*."""
    of = Type()
    of.list.item.CopyFrom(item)
    return of


def tuple_type(items: Sequence[Type]) -> Type:
    """Return the type of a tuple of *items*."""
    of = Type()
    of.tuple.SetInParent()
    of.tuple.items.extend(items)
    return of


def map_type(key: Type, value: Type) -> Type:
    """Return the type of a map."""
    of = Type()
    of.map.key.CopyFrom(key)
    of.map.value.CopyFrom(value)
    return of


def without_none(of: Type) -> Type:
    """Return the type without its none: itself if it has none."""
    if not of.nullable:
        return of
    stripped = Type()
    stripped.CopyFrom(of)
    stripped.nullable = False
    return stripped


def with_none(of: Type) -> Type:
    """Return the nullable type. JSON, which has a null of its own, stays as it is."""
    if of.nullable or of.simple == SimpleType.SIMPLE_TYPE_JSON:
        return of
    widened = Type()
    widened.CopyFrom(of)
    widened.nullable = True
    return widened


def natural_type(literal: Literal) -> Type | None:
    """Return the type that a literal has by itself; None where it alone does not tell: none, unions, empty maps."""
    if check_depth(literal):
        return None
    return _natural_type(literal)


def _natural_type(literal: Literal) -> Type | None:
    kind = literal.WhichOneof("kind")
    if kind is None:
        return None
    simple = _SIMPLE_OF_LITERAL.get(kind)
    if simple is not None:
        return simple_type(simple)
    natural = _NATURAL_TYPES.get(kind)
    return None if natural is None else natural(literal)


def _natural_list(literal: Literal) -> Type | None:
    items = [_natural_type(item) for item in literal.list.items]
    known = [item for item in items if item is not None]
    return join_items(known) if len(known) == len(items) else None


def join_items(items: Sequence[Type]) -> Type:
    """Return the type of a list that is written down item by item: a list if all are of one type, else a tuple."""
    if items and all(item == items[0] for item in items):
        return list_type(items[0])
    return tuple_type(items)


def _natural_set(literal: Literal) -> Type | None:
    item = _one_type(literal.set.items)
    if item is None:
        return None
    of = Type()
    of.set.item.CopyFrom(item)
    return of


def _natural_map(literal: Literal) -> Type | None:
    key = _one_type([entry.key for entry in literal.map.entries])
    value = _one_type([entry.value for entry in literal.map.entries])
    return None if key is None or value is None else map_type(key, value)


def _natural_record(literal: Literal) -> Type | None:
    of = Type()
    of.record.SetInParent()
    for field in literal.record.fields:
        natural = _natural_type(field.value)
        if natural is None:
            return None
        of.record.fields.add(name=field.name).type.CopyFrom(natural)
    return of


def _natural_file(literal: Literal) -> Type:
    of = Type()
    of.file.format = literal.file.format
    return of


def _natural_directory(literal: Literal) -> Type:
    of = Type()
    of.directory.format = literal.directory.format
    return of


def _natural_table(literal: Literal) -> Type:
    of = Type()
    of.table.format = literal.table.format
    of.table.columns.extend(literal.table.columns)
    return of


def _natural_reference(literal: Literal) -> Type | None:
    return literal.reference.type if literal.reference.HasField("type") else None


def _one_type(literals: Sequence[Literal]) -> Type | None:
    types = [_natural_type(literal) for literal in literals]
    return types[0] if types and all(of == types[0] for of in types) else None


_NATURAL_TYPES: Final[Mapping[str, Callable[[Literal], Type | None]]] = MappingProxyType(
    {
        "list": _natural_list,
        "set": _natural_set,
        "map": _natural_map,
        "record": _natural_record,
        "file": _natural_file,
        "directory": _natural_directory,
        "table": _natural_table,
        "reference": _natural_reference,
        "ints": lambda _: list_type(simple_type(SimpleType.SIMPLE_TYPE_INT)),
        "floats": lambda _: list_type(simple_type(SimpleType.SIMPLE_TYPE_FLOAT)),
    }
)


class TypeRelations:
    """Castability, remembered by the encoded types for as long as one compilation takes."""

    __slots__ = ("_levels",)

    def __init__(self) -> None:
        self._levels: dict[tuple[bytes, bytes], Level] = {}

    def level(self, source: Type, source_key: bytes, target: Type, target_key: bytes) -> Level:
        """Return whether a value of *source* may feed *target*. The keys are the encoded types."""
        if source_key == target_key:
            return Level.SAME
        pair = (source_key, target_key)
        level = self._levels.get(pair)
        if level is None:
            level = self._levels[pair] = castability(source, target)
        return level

    def level_of(self, source: Type, target: Type) -> Level:
        """Return whether a value of *source* may feed *target*."""
        return self.level(source, source.SerializeToString(), target, target.SerializeToString())
