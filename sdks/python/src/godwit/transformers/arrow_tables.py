"""`pyarrow.Table`."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type

from godwit.transformers.columns import needed_columns, table_type
from godwit.transformers.parquet_tables import read_table, unfit, write_table


class TableTransformer:
    """Translates tables of pyarrow. See `TypeTransformer`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: D102 - see TypeTransformer
        return table_type(python_type, describe)

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: D102, ARG002 - see TypeTransformer
        if not isinstance(value, pa.Table):
            raise unfit(value, "pyarrow.Table")
        return write_table(value, expected, data)

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102 - see TypeTransformer
        return read_table(literal, needed_columns(python_type), data)
