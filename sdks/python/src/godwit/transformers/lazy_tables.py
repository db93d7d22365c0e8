"""`godwit.Table`: a table of whatever library, read lazily."""

from collections.abc import Callable, Sequence
from typing import Any

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type

from godwit.frame_libraries import library_of, open_library
from godwit.tables import StoredTable, Table
from godwit.transformers.columns import check_column, check_stored, needed_columns, table_type
from godwit.types.errors import ValueMismatch, show_value


class LazyTableTransformer:
    """Translates `godwit.Table`. See `TypeTransformer`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: D102 - see TypeTransformer
        return table_type(python_type, describe)

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: D102, ARG002 - see TypeTransformer
        if not isinstance(value, Table):
            raise ValueMismatch("godwit.Table", show_value(value))
        if value.stored is not None:
            return _passed_on(value, value.stored, expected, data)
        library = library_of(value.frame)
        if library is None:
            raise ValueMismatch(
                "a Table of a pandas.DataFrame, polars.DataFrame or pyarrow.Table", show_value(value.frame)
            )
        literal: Literal = open_library(library).write_frame(value.frame, expected, data)
        return literal

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102 - see TypeTransformer
        expected = needed_columns(python_type)
        stored = check_stored(literal)
        _check(literal, expected)
        kept = Literal()
        kept.CopyFrom(literal)

        def read(library: str, columns: Sequence[str] | None) -> Any:
            return open_library(library).read_frame(kept, expected, data, columns)

        row_count = stored.row_count if stored.HasField("row_count") else None
        names = tuple(column.name for column in stored.columns)
        return Table.at(StoredTable(stored.uri, stored.format, row_count, names, stored.digest, kept), read)


def _passed_on(value: Table, stored: StoredTable, expected: Type, data: DataAccess) -> Literal:
    """Return the literal of a table that is stored already; it is written anew only for another format."""
    _check(stored.literal, expected)
    if expected.table.format not in {"", stored.format}:
        written: Literal = open_library("pyarrow").write_frame(value.to_arrow(), expected, data)
        return written
    literal = Literal()
    literal.CopyFrom(stored.literal)
    literal.ClearField("hash")
    return literal


def _check(literal: Literal, expected: Type) -> None:
    """Check the columns of a stored table, as far as they are known without reading it.

    Raises:
        ValueMismatch: one is missing, or of another type.
    """
    came = {column.name: column.type for column in literal.table.columns}
    for column in expected.table.columns if came else ():
        if column.name not in came:
            raise ValueMismatch(f"a column {column.name}", f"a table with the columns {', '.join(came)}")
        check_column(column, came[column.name], "other")
