"""`pandas.DataFrame`: a Parquet file that keeps index and dtypes for pandas, and is a plain table for all others."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type

from godwit.transformers.columns import needed_columns, table_type
from godwit.transformers.parquet_tables import read_table, unfit, write_table
from godwit.types.errors import ValueMismatch


class DataFrameTransformer:
    """Translates data frames of pandas. See `TypeTransformer`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: D102 - see TypeTransformer
        return table_type(python_type, describe)

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: D102, ARG002 - see TypeTransformer
        if not isinstance(value, pd.DataFrame):
            raise unfit(value, "pandas.DataFrame")
        try:
            table = pa.Table.from_pandas(value)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError) as error:
            raise ValueMismatch("a DataFrame whose columns each hold one type of cells", str(error)) from error
        return write_table(table, expected, data)

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102 - see TypeTransformer
        table = read_table(literal, needed_columns(python_type), data)
        # The table is nobody else's: its columns are freed one by one as they are converted.
        return table.to_pandas(self_destruct=True)
