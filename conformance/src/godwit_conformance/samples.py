"""Types and literals in short form, for the cases."""

from typing import Final

from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type

BOOL: Final = Type(simple=SimpleType.SIMPLE_TYPE_BOOL)
INT: Final = Type(simple=SimpleType.SIMPLE_TYPE_INT)
FLOAT: Final = Type(simple=SimpleType.SIMPLE_TYPE_FLOAT)
DECIMAL: Final = Type(simple=SimpleType.SIMPLE_TYPE_DECIMAL)
STRING: Final = Type(simple=SimpleType.SIMPLE_TYPE_STRING)
BYTES: Final = Type(simple=SimpleType.SIMPLE_TYPE_BYTES)
DATE: Final = Type(simple=SimpleType.SIMPLE_TYPE_DATE)
DATETIME: Final = Type(simple=SimpleType.SIMPLE_TYPE_DATETIME)
DURATION: Final = Type(simple=SimpleType.SIMPLE_TYPE_DURATION)
UUID: Final = Type(simple=SimpleType.SIMPLE_TYPE_UUID)
JSON: Final = Type(simple=SimpleType.SIMPLE_TYPE_JSON)
ERROR: Final = Type(simple=SimpleType.SIMPLE_TYPE_ERROR)

Plain = bool | int | float | str | bytes | None
Nested = Plain | list["Nested"]


def literal(value: Nested) -> Literal:
    """Return a plain value, or a list, as a literal."""
    made = Literal()
    if value is None:
        made.none.SetInParent()
    elif isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, int):
        made.int_value = value
    elif isinstance(value, float):
        made.float_value = value
    elif isinstance(value, str):
        made.string_value = value
    elif isinstance(value, bytes):
        made.bytes_value = value
    else:
        made.list.SetInParent()
        made.list.items.extend(literal(item) for item in value)
    return made


def nullable(of: Type) -> Type:
    """Return the nullable form of a type."""
    made = Type()
    made.CopyFrom(of)
    made.nullable = True
    return made


def list_of(item: Type) -> Type:
    """Return the type of lists."""
    made = Type()
    made.list.item.CopyFrom(item)
    return made


def set_of(item: Type) -> Type:
    """Return the type of sets."""
    made = Type()
    made.set.item.CopyFrom(item)
    return made


def tuple_of(*items: Type) -> Type:
    """Return the type of tuples."""
    made = Type()
    made.tuple.SetInParent()
    made.tuple.items.extend(items)
    return made


def map_of(key: Type, value: Type) -> Type:
    """Return the type of maps."""
    made = Type()
    made.map.key.CopyFrom(key)
    made.map.value.CopyFrom(value)
    return made


def enum(name: str, *symbols: str) -> Type:
    """Return an enum's type."""
    made = Type()
    made.enum.name = name
    made.enum.symbols.extend(symbols)
    return made


def record(name: str, /, **fields: Type) -> Type:
    """Return a record's type, its fields in order."""
    made = Type()
    made.record.name = name
    for field, of in fields.items():
        made.record.fields.add(name=field, type=of)
    return made


def record_value(**fields: Literal) -> Literal:
    """Return a record's literal, its fields in order."""
    made = Literal()
    made.record.SetInParent()
    for name, value in fields.items():
        made.record.fields.add(name=name, value=value)
    return made


def union(**members: Type) -> Type:
    """Return a union's type: tags with their types."""
    made = Type()
    for tag, of in members.items():
        made.union.members.add(tag=tag, type=of)
    return made


def union_value(tag: str, value: Literal) -> Literal:
    """Return a union's literal."""
    made = Literal()
    made.union.tag = tag
    made.union.value.CopyFrom(value)
    return made


def file_type(file_format: str) -> Type:
    """Return a file's type."""
    made = Type()
    made.file.SetInParent()
    made.file.format = file_format
    return made


def directory_type(directory_format: str) -> Type:
    """Return a directory's type."""
    made = Type()
    made.directory.SetInParent()
    made.directory.format = directory_format
    return made


def table_type(table_format: str, /, **columns: Type) -> Type:
    """Return a table's type: columns with their types."""
    made = Type()
    made.table.SetInParent()
    made.table.format = table_format
    for name, of in columns.items():
        made.table.columns.add(name=name, type=of)
    return made
