"""`polars.DataFrame`: a Parquet file, written and read by polars itself."""

from collections.abc import Callable
from typing import Any, Final

import polars as pl
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import ListType, Literal, RecordField, RecordType, SimpleType, TableColumn, Type

from godwit.transformers.columns import check_column, needed_columns, table_type
from godwit.types.digesting import DigestingSink
from godwit.types.errors import DataCorrupt, ValueMismatch, show_value

_PARQUET: Final = "parquet"
_ARROW: Final = "arrow"
_SIMPLE: Final = {
    pl.Boolean: SimpleType.SIMPLE_TYPE_BOOL,
    pl.String: SimpleType.SIMPLE_TYPE_STRING,
    pl.Categorical: SimpleType.SIMPLE_TYPE_STRING,
    pl.Enum: SimpleType.SIMPLE_TYPE_STRING,
    pl.Binary: SimpleType.SIMPLE_TYPE_BYTES,
    pl.Date: SimpleType.SIMPLE_TYPE_DATE,
    pl.Datetime: SimpleType.SIMPLE_TYPE_DATETIME,
    pl.Duration: SimpleType.SIMPLE_TYPE_DURATION,
    pl.Decimal: SimpleType.SIMPLE_TYPE_DECIMAL,
}


class DataFrameTransformer:
    """Translates data frames of polars. See `TypeTransformer`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: D102 - see TypeTransformer
        return table_type(python_type, describe)

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: D102, ARG002 - see TypeTransformer
        if not isinstance(value, pl.DataFrame):
            raise ValueMismatch("polars.DataFrame", show_value(value))
        _check_columns(value.schema, expected)
        path = data.create("table.parquet")
        with path.open("wb", buffering=0) as stream, DigestingSink(stream) as sink:
            try:
                value.write_parquet(sink, compression="snappy")  # type: ignore[arg-type]  # any object that can be written to
            except pl.exceptions.PolarsError as error:
                raise ValueMismatch("a DataFrame that Parquet can hold", str(error)) from error
        literal = Literal()
        stored = literal.table
        stored.uri = data.publish_with_digest(path, sink.digest, sink.size)
        stored.format, stored.digest, stored.size_bytes, stored.row_count = (
            _PARQUET,
            sink.digest,
            sink.size,
            value.height,
        )
        stored.columns.extend(_columns(value.schema))
        return literal

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102 - see TypeTransformer
        stored = literal.table
        if not literal.HasField("table") or stored.format not in {_PARQUET, _ARROW}:
            raise ValueMismatch(f"a table of format {_PARQUET} or {_ARROW}", f"format {stored.format!r}")
        path = data.local(stored.uri)
        try:
            frame = pl.read_parquet(path) if stored.format == _PARQUET else pl.read_ipc(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DataCorrupt(f"{stored.uri} cannot be read: {error}", hint="Run its producer again.") from error
        _check_columns(frame.schema, needed_columns(python_type))
        return frame


def _columns(schema: pl.Schema) -> list[TableColumn]:
    """Return the columns but for those whose cells have no type in the contract."""
    typed = ((name, _cell_type(dtype)) for name, dtype in schema.items())
    return [TableColumn(name=name, type=type_) for name, type_ in typed if type_ is not None]


def _cell_type(dtype: Any) -> Type | None:
    if dtype.is_integer():
        return Type(simple=SimpleType.SIMPLE_TYPE_INT)
    if dtype.is_float():
        return Type(simple=SimpleType.SIMPLE_TYPE_FLOAT)
    if isinstance(dtype, pl.List | pl.Array):
        item = _cell_type(dtype.inner)
        return None if item is None else Type(list=ListType(item=item))
    if isinstance(dtype, pl.Struct):
        fields = [(field.name, _cell_type(field.dtype)) for field in dtype.fields]
        if all(type_ is not None for _, type_ in fields):
            return Type(record=RecordType(fields=[RecordField(name=name, type=type_) for name, type_ in fields]))
        return None
    simple = _SIMPLE.get(dtype.base_type())
    return None if simple is None else Type(simple=simple)


def _check_columns(schema: pl.Schema, expected: Type) -> None:
    for column in expected.table.columns:
        if column.name not in schema:
            have = ", ".join(schema.names()) or "none"
            raise ValueMismatch(f"a column {column.name}", f"a table with the columns {have}")
        dtype = schema[column.name]
        check_column(column, _cell_type(dtype), f"{dtype}")
