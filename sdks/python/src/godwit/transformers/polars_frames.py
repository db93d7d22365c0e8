"""`polars.DataFrame`: a Parquet or Arrow file, written and read by polars itself."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import ListType, Literal, RecordField, RecordType, SimpleType, TableColumn, Type

from godwit.transformers.columns import (
    ARROW,
    PARQUET,
    check_column,
    check_names,
    check_stored,
    needed_columns,
    table_type,
)
from godwit.types.digesting import DigestingSink, verify_file
from godwit.types.errors import DataCorrupt, ValueMismatch, show_value

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
        return write_frame(value, expected, data)

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102 - see TypeTransformer
        return read_frame(literal, needed_columns(python_type), data)


def write_frame(value: Any, expected: Type, data: DataAccess) -> Literal:
    """Store a frame of polars, in the format that *expected* says, else as Parquet.

    Raises:
        ValueMismatch: it lacks what *expected* asks for, or has cells that the format cannot hold.
        DataError: it cannot be stored.
    """
    if not isinstance(value, pl.DataFrame):
        raise ValueMismatch("polars.DataFrame", show_value(value))
    _check_columns(value.schema, expected)
    format_name = expected.table.format or PARQUET
    path = data.create(f"table.{format_name}")
    with path.open("wb", buffering=0) as stream, DigestingSink(stream) as sink:
        _write(value, format_name, sink)
    literal = Literal()
    stored = literal.table
    stored.uri = data.publish_with_digest(path, sink.digest, sink.size)
    stored.format, stored.digest, stored.size_bytes, stored.row_count = (
        format_name,
        sink.digest,
        sink.size,
        value.height,
    )
    stored.columns.extend(_columns(value.schema))
    return literal


def _write(frame: pl.DataFrame, format_name: str, sink: Any) -> None:
    try:
        if format_name == ARROW:
            # The oldest layout of texts is the one that every library reads.
            frame.write_ipc(sink, compat_level=pl.CompatLevel.oldest())
        else:
            frame.write_parquet(sink, compression="snappy")
    except pl.exceptions.PolarsError as error:
        name = "Arrow's file format" if format_name == ARROW else "Parquet"
        raise ValueMismatch(f"a DataFrame that {name} can hold", str(error)) from error


def read_frame(
    literal: Literal, expected: Type, data: DataAccess, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return a stored table, or some columns of it, as a frame of polars.

    Raises:
        ValueMismatch: it is no table, of a format that is unknown here, or lacks columns.
        DataCorrupt: its file is damaged.
        DataError: it cannot be read.
    """
    stored = check_stored(literal)
    path = data.local(stored.uri)
    try:
        if stored.format == ARROW:
            if path.is_file():
                verify_file(path, stored.uri, stored.digest)
            frame = pl.read_ipc(path)
        else:
            frame = _read_parquet(path, columns)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataCorrupt(f"{stored.uri} cannot be read: {error}", hint="Run its producer again.") from error
    if columns is None:
        _check_columns(frame.schema, expected)
        return frame
    return select(frame, columns)


def _read_parquet(path: Path, columns: Sequence[str] | None) -> pl.DataFrame:
    if columns is None:
        return pl.read_parquet(path)
    lazy = pl.scan_parquet(path)
    check_names(columns, lazy.collect_schema().names())
    return lazy.select(list(dict.fromkeys(columns))).collect()


def convert(frame: Any) -> pl.DataFrame:
    """Return a frame of pandas, or a table of pyarrow, as a frame of polars."""
    converted = pl.from_arrow(frame) if hasattr(frame, "schema") else pl.from_pandas(frame)
    assert isinstance(converted, pl.DataFrame), "a table is no series"
    return converted


def select(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return some columns of a frame; raises ValueMismatch where one is not there."""
    check_names(columns, frame.columns)
    return frame.select(list(dict.fromkeys(columns)))


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
