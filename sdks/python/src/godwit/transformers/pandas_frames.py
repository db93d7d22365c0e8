"""`pandas.DataFrame`: a file that keeps index and dtypes for pandas, and is a plain table for all others."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type

from godwit.transformers.columns import check_names, needed_columns, table_type
from godwit.transformers.table_files import read_table, unfit, write_table
from godwit.types.errors import ValueMismatch


class DataFrameTransformer:
    """Translates data frames of pandas. See `TypeTransformer`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: D102 - see TypeTransformer
        return table_type(python_type, describe)

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: D102, ARG002 - see TypeTransformer
        return write_frame(value, expected, data)

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102 - see TypeTransformer
        return read_frame(literal, needed_columns(python_type), data)


def write_frame(value: Any, expected: Type, data: DataAccess) -> Literal:
    """Store a frame of pandas, as `write_table` does."""
    if not isinstance(value, pd.DataFrame):
        raise unfit(value, "pandas.DataFrame")
    try:
        table = pa.Table.from_pandas(value)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError) as error:
        raise ValueMismatch("a DataFrame whose columns each hold one type of cells", str(error)) from error
    return write_table(table, expected, data)


def read_frame(
    literal: Literal, expected: Type, data: DataAccess, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return a stored table, or some columns of it with its index, as a frame of pandas."""
    table = read_table(literal, expected, data, columns, with_index=True)
    # The table is nobody else's: its columns are freed one by one as they are converted.
    return table.to_pandas(self_destruct=True)


def convert(frame: Any) -> pd.DataFrame:
    """Return a table of pyarrow, or a frame of polars, as a frame of pandas."""
    return frame.to_pandas()


def select(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return some columns of a frame; raises ValueMismatch where one is not there."""
    check_names(columns, list(map(str, frame.columns)))
    return frame[list(dict.fromkeys(columns))]
