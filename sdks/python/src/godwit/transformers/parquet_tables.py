"""Tables as Parquet files by reference: written once with the digest taken on the way, read without a copy.

The digest is of the file's bytes. Pages carry checksums, so that a damaged file is noticed while it is read.
"""

from typing import Any, Final

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type

from godwit.transformers.arrow_types import check_columns, columns_of
from godwit.types.digesting import DigestingSink
from godwit.types.errors import DataCorrupt, ValueMismatch, show_value

PARQUET: Final = "parquet"
ARROW: Final = "arrow"
FILE_NAME: Final = "table.parquet"


def write_table(table: pa.Table, expected: Type, data: DataAccess) -> Literal:
    """Store *table* and return the literal that refers to it.

    Raises:
        ValueMismatch: it lacks what *expected* asks for, or has cells that Parquet cannot hold.
        DataError: it cannot be stored.
    """
    check_columns(table.schema, expected)
    path = data.create(FILE_NAME)
    with path.open("wb", buffering=0) as stream, DigestingSink(stream) as sink:
        try:
            pq.write_table(table, pa.PythonFile(sink, mode="w"), compression="snappy", write_page_checksum=True)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ValueMismatch("a table that Parquet can hold", str(error)) from error
    uri = data.publish_with_digest(path, sink.digest, sink.size)
    return table_literal(uri, sink.size, sink.digest, table.num_rows, table.schema)


def table_literal(uri: str, size: int, digest: str, row_count: int, schema: pa.Schema) -> Literal:
    """Return the literal of a stored Parquet file."""
    literal = Literal()
    stored = literal.table
    stored.uri, stored.format, stored.digest = uri, PARQUET, digest
    stored.size_bytes, stored.row_count = size, row_count
    stored.columns.extend(columns_of(schema))
    return literal


def read_table(literal: Literal, expected: Type, data: DataAccess) -> pa.Table:
    """Return the table that *literal* refers to.

    Raises:
        ValueMismatch: it is no table, of a format that is unknown here, or lacks columns.
        DataCorrupt: its file is damaged.
        DataError: it cannot be read.
    """
    stored = stored_table(literal)
    path = data.local(stored.uri)
    try:
        if stored.format == ARROW:
            table = pyarrow.feather.read_table(path, memory_map=True)
        else:
            table = pq.read_table(path, memory_map=True, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataCorrupt(f"{stored.uri} cannot be read: {error}", hint="Run its producer again.") from error
    check_columns(table.schema, expected)
    return table


def stored_table(literal: Literal) -> Any:
    """Return the table in *literal*.

    Raises:
        ValueMismatch: there is none, or its format is unknown here.
    """
    if not literal.HasField("table"):
        raise ValueMismatch("a table", f"a literal of kind {literal.WhichOneof('kind') or 'unknown'}")
    if literal.table.format not in {PARQUET, ARROW}:
        raise ValueMismatch(f"a table of format {PARQUET} or {ARROW}", f"one of format {literal.table.format!r}")
    return literal.table


def unfit(value: Any, expected: str) -> ValueMismatch:
    """Return the error that *value* is of another class."""
    return ValueMismatch(expected, show_value(value))
