"""`pyspark.sql.DataFrame`: a folder of Parquet files that executors write and read, a table for all others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
from godwit.transformers.arrow_types import check_columns, columns_of
from godwit.transformers.columns import ARROW, PARQUET, check_stored, needed_columns, table_type
from godwit.transformers.table_files import read_table, write_table
from godwit.types.errors import ValueMismatch, show_value
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema

from godwit_spark.current import current
from godwit_spark.errors import NoSession, TableNotShared

_MICROSECONDS: Final = {"s", "ms", "us"}


class DataFrameTransformer:
    """Translates data frames of Spark. See `TypeTransformer`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: D102 - see TypeTransformer
        return table_type(python_type, describe)

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: D102, ARG002 - see TypeTransformer
        if not isinstance(value, DataFrame):
            raise ValueMismatch("pyspark.sql.DataFrame", show_value(value))
        if _goes_through_driver() or expected.table.format == ARROW:
            return write_table(value.toArrow(), expected, data)
        return _write(value, expected, data)

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102 - see TypeTransformer
        expected = needed_columns(python_type)
        stored = check_stored(literal)
        place = current()
        if place.through_driver or stored.format == ARROW:
            table = _fitting(read_table(literal, expected, data))
            # Times without a zone stay without one, as they do when executors read the file.
            return place.session.createDataFrame(table, from_arrow_schema(table.schema, prefer_timestamp_ntz=True))
        path = data.local(stored.uri)
        schema = _schema(path)
        check_columns(schema, expected)
        if any(_is_too_fine(field.type) for field in schema):
            path = _rewritten(literal, expected, data)
        return place.session.read.parquet(path.absolute().as_uri())


def _goes_through_driver() -> bool:
    try:
        return current().through_driver
    except NoSession:
        return False


def _write(frame: DataFrame, expected: Type, data: DataAccess) -> Literal:
    """Have executors write a folder of Parquet files, named alike whenever they are written."""
    folder = data.create("table.parquet")
    try:
        frame.write.option("compression", "snappy").parquet(folder.absolute().as_uri())
    except PySparkException as error:
        if error.getCondition() in {"UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "COLUMN_ALREADY_EXISTS"}:
            raise ValueMismatch("a DataFrame that Parquet can hold", str(error)) from error
        raise
    parts = _tidy(folder)
    schema = pq.read_schema(parts[0])
    check_columns(schema, expected)
    rows = sum(pq.read_metadata(part).num_rows for part in parts)
    uri, size, digest = data.publish(folder)
    literal = Literal()
    stored = literal.table
    stored.uri, stored.format, stored.digest, stored.size_bytes = uri, PARQUET, digest, size
    stored.row_count = rows
    stored.columns.extend(columns_of(schema))
    return literal


def _tidy(folder: Path) -> list[Path]:
    """Leave the files of a table alone in its folder, named by their order; return them.

    Raises:
        TableNotShared: executors wrote them elsewhere.
    """
    written = sorted(folder.glob("part-*.parquet")) if folder.is_dir() else []
    if not written:
        raise TableNotShared(
            f"Executors have written a table, and nothing of it is in {folder}, where the driver looks for it.",
            hint='Let driver and executors share the place of values, or write Spark(exchange="driver").',
        )
    for left in [*folder.glob(".*"), *folder.glob("_*")]:
        left.unlink()
    parts = []
    for number, path in enumerate(written):
        parts.append(path.rename(folder / f"part-{number:05}.parquet"))
    return parts


def _schema(path: Path) -> pa.Schema:
    return pa.dataset.dataset(path, format="parquet").schema if path.is_dir() else pq.read_schema(path)


def _is_too_fine(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) and kind.unit not in _MICROSECONDS


def _fitting(table: pa.Table) -> pa.Table:
    """Return a table whose times have microseconds, which is what Spark knows.

    Raises:
        ValueMismatch: one has a fraction of a microsecond.
    """
    for index, column in enumerate(table.schema):
        if _is_too_fine(column.type):
            try:
                cells = table.column(index).cast(pa.timestamp("us", column.type.tz))
            except pa.ArrowInvalid as error:
                raise ValueMismatch("times of whole microseconds, which is what Spark knows", str(error)) from error
            table = table.set_column(index, column.name, cells)
    return table


def _rewritten(literal: Literal, expected: Type, data: DataAccess) -> Path:
    """Return a file of the same table that Spark can read."""
    path = data.create("table.parquet")
    pq.write_table(_fitting(read_table(literal, expected, data)), path)
    return path
