"""Tables as files by reference, in Parquet or Arrow's IPC format: written once with the digest taken on the way.

The digest is of the file's bytes. Pages of Parquet carry checksums, so that a damaged file is noticed while it is read,
without a copy; an Arrow file has none, so that its digest is checked before it is mapped into memory.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type

from godwit.transformers.arrow_types import check_columns, columns_of
from godwit.transformers.columns import ARROW, PARQUET, check_names, check_stored
from godwit.types.digesting import DigestingSink, verify_file
from godwit.types.errors import DataCorrupt, ValueMismatch, show_value


def write_table(table: pa.Table, expected: Type, data: DataAccess) -> Literal:
    """Store *table*, in the format that *expected* says, else as Parquet; return the literal that refers to it.

    Raises:
        ValueMismatch: it lacks what *expected* asks for, or has cells that the format cannot hold.
        DataError: it cannot be stored.
    """
    check_columns(table.schema, expected)
    format_name = expected.table.format or PARQUET
    path = data.create(f"table.{format_name}")
    with path.open("wb", buffering=0) as stream, DigestingSink(stream) as sink:
        _write(table, format_name, pa.PythonFile(sink, mode="w"))
    uri = data.publish_with_digest(path, sink.digest, sink.size)
    return table_literal(uri, format_name, sink.size, sink.digest, table)


def _write(table: pa.Table, format_name: str, sink: Any) -> None:
    try:
        if format_name == ARROW:
            with pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
        else:
            pq.write_table(table, sink, compression="snappy", write_page_checksum=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        name = "Arrow's file format" if format_name == ARROW else "Parquet"
        raise ValueMismatch(f"a table that {name} can hold", str(error)) from error


def table_literal(uri: str, format_name: str, size: int, digest: str, table: pa.Table) -> Literal:
    """Return the literal of a stored file."""
    literal = Literal()
    stored = literal.table
    stored.uri, stored.format, stored.digest = uri, format_name, digest
    stored.size_bytes, stored.row_count = size, table.num_rows
    stored.columns.extend(columns_of(table.schema))
    return literal


def read_table(
    literal: Literal,
    expected: Type,
    data: DataAccess,
    columns: Sequence[str] | None = None,
    *,
    with_index: bool = False,
) -> pa.Table:
    """Return the table that *literal* refers to.

    Args:
        literal: what says where it is.
        expected: the columns that it must have.
        data: reads it.
        columns: names of those to read; None: all.
        with_index: whether to read the columns that pandas kept an index in, too.

    Raises:
        ValueMismatch: it is no table, of a format that is unknown here, or lacks columns.
        DataCorrupt: its file is damaged.
        DataError: it cannot be read.
    """
    stored = check_stored(literal)
    path = data.local(stored.uri)
    try:
        if stored.format == ARROW:
            return _read_arrow(path, stored, expected, columns, with_index=with_index)
        return _read_parquet(path, expected, columns, with_index=with_index)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataCorrupt(f"{stored.uri} cannot be read: {error}", hint="Run its producer again.") from error


def _read_parquet(path: Path, expected: Type, columns: Sequence[str] | None, *, with_index: bool) -> pa.Table:
    wanted = None
    if columns is not None:
        schema = pa.dataset.dataset(path, format="parquet").schema if path.is_dir() else pq.read_schema(path)
        wanted = _wanted(schema, columns, with_index=with_index)
        check_columns(schema, expected)
    table = pq.read_table(path, columns=wanted, memory_map=True, page_checksum_verification=True)
    if columns is None:
        check_columns(table.schema, expected)
    return table


def _read_arrow(
    path: Path, stored: Any, expected: Type, columns: Sequence[str] | None, *, with_index: bool
) -> pa.Table:
    if path.is_dir():
        table = pa.dataset.dataset(path, format="ipc").to_table()
    else:
        verify_file(path, stored.uri, stored.digest)
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
    check_columns(table.schema, expected)
    return table if columns is None else table.select(_wanted(table.schema, columns, with_index=with_index))


def _wanted(schema: pa.Schema, columns: Sequence[str], *, with_index: bool) -> list[str]:
    """Return the columns to read, each once, those of the index of pandas behind the others."""
    check_names(columns, schema.names)
    metadata = schema.pandas_metadata if with_index else None
    index = [name for name in (metadata or {}).get("index_columns", ()) if isinstance(name, str)]
    return list(dict.fromkeys([*columns, *index]))


def unfit(value: Any, expected: str) -> ValueMismatch:
    """Return the error that *value* is of another class."""
    return ValueMismatch(expected, show_value(value))
