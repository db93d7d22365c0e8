"""Which of the contract's types the columns of a table are."""

from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa
from godwitidl.core.v1.values_pb2 import (
    ListType,
    RecordField,
    RecordType,
    SimpleType,
    TableColumn,
    Type,
)

from godwit.transformers.columns import check_column
from godwit.types.errors import ValueMismatch

_SIMPLE: Final[tuple[tuple[Callable[[Any], bool], SimpleType.ValueType], ...]] = (
    (pa.types.is_boolean, SimpleType.SIMPLE_TYPE_BOOL),
    (pa.types.is_integer, SimpleType.SIMPLE_TYPE_INT),
    (pa.types.is_floating, SimpleType.SIMPLE_TYPE_FLOAT),
    (pa.types.is_decimal, SimpleType.SIMPLE_TYPE_DECIMAL),
    (pa.types.is_string, SimpleType.SIMPLE_TYPE_STRING),
    (pa.types.is_large_string, SimpleType.SIMPLE_TYPE_STRING),
    (pa.types.is_string_view, SimpleType.SIMPLE_TYPE_STRING),
    (pa.types.is_binary, SimpleType.SIMPLE_TYPE_BYTES),
    (pa.types.is_large_binary, SimpleType.SIMPLE_TYPE_BYTES),
    (pa.types.is_fixed_size_binary, SimpleType.SIMPLE_TYPE_BYTES),
    (pa.types.is_date, SimpleType.SIMPLE_TYPE_DATE),
    (pa.types.is_timestamp, SimpleType.SIMPLE_TYPE_DATETIME),
    (pa.types.is_duration, SimpleType.SIMPLE_TYPE_DURATION),
)


def columns_of(schema: pa.Schema) -> list[TableColumn]:
    """Return the columns of a table but for those whose cells have no type in the contract."""
    typed = ((field.name, cell_type(field.type)) for field in schema)
    return [TableColumn(name=name, type=type_) for name, type_ in typed if type_ is not None]


def cell_type(arrow: pa.DataType) -> Type | None:
    """Return the contract's type of the cells of a column, None where there is none."""
    for is_kind, simple in _SIMPLE:
        if is_kind(arrow):
            return Type(simple=simple)
    if pa.types.is_dictionary(arrow):
        return cell_type(arrow.value_type)
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow) or pa.types.is_fixed_size_list(arrow):
        item = cell_type(arrow.value_type)
        return None if item is None else Type(list=ListType(item=item))
    if pa.types.is_struct(arrow):
        fields = [(arrow.field(index).name, cell_type(arrow.field(index).type)) for index in range(arrow.num_fields)]
        if all(type_ is not None for _, type_ in fields):
            return Type(record=RecordType(fields=[RecordField(name=name, type=type_) for name, type_ in fields]))
    return None


def check_columns(schema: pa.Schema, expected: Type) -> None:
    """Check that a table has the columns that its annotation asks for.

    Raises:
        ValueMismatch: one is missing, or of another type.
    """
    for column in expected.table.columns:
        index = schema.get_field_index(column.name)
        if index < 0:
            have = ", ".join(schema.names) or "none"
            raise ValueMismatch(f"a column {column.name}", f"a table with the columns {have}")
        came = schema.field(index).type
        check_column(column, cell_type(came), f"{came}")
