"""`pyarrow.Table`."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type

from godwit.transformers.columns import check_names, needed_columns, table_type
from godwit.transformers.table_files import read_table, unfit, write_table


class TableTransformer:
    """Translates tables of pyarrow. See `TypeTransformer`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: D102 - see TypeTransformer
        return table_type(python_type, describe)

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: D102, ARG002 - see TypeTransformer
        return write_frame(value, expected, data)

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102 - see TypeTransformer
        return read_frame(literal, needed_columns(python_type), data)


def write_frame(value: Any, expected: Type, data: DataAccess) -> Literal:
    """Store a table of pyarrow, as `write_table` does."""
    if not isinstance(value, pa.Table):
        raise unfit(value, "pyarrow.Table")
    return write_table(value, expected, data)


def read_frame(literal: Literal, expected: Type, data: DataAccess, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a stored table, or some columns of it, as `read_table` does."""
    return read_table(literal, expected, data, columns)


def convert(frame: Any) -> pa.Table:
    """Return a frame of pandas or polars as a table of pyarrow."""
    return frame.to_arrow() if hasattr(frame, "to_arrow") else pa.Table.from_pandas(frame)


def select(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Return some columns of a table; raises ValueMismatch where one is not there."""
    check_names(columns, table.column_names)
    return table.select(list(dict.fromkeys(columns)))
