"""Tables as values of tasks, of no library: passed by reference, and read, when asked for, by the library of choice."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from godwit.frame_libraries import read_as

if TYPE_CHECKING:
    import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
    import polars as pl
    import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs]


class StoredTable(NamedTuple):
    """Where a table is stored, and what is known of it.

    Attributes:
        uri: where it is.
        format: `parquet` or `arrow`.
        row_count: number of its rows; None when unknown.
        columns: names of its columns whose cells have a type of the contract; empty: unknown.
        digest: digest of its bytes, `sha256:…`; empty when unknown.
        literal: what the contract says of it.
    """

    uri: str
    format: str
    row_count: int | None
    columns: tuple[str, ...]
    digest: str
    literal: Any


Reading = Callable[[str, Sequence[str] | None], Any]
"""Reads a stored table as a frame of the library of that name: all columns, or those named."""


class Table:
    """A table. `Table(frame)` is one to return, of a frame of pandas, polars or pyarrow.

    What a task is given is not read before it is asked for, and then only the columns that are asked for.

    Args:
        frame: a `pandas.DataFrame`, `polars.DataFrame` or `pyarrow.Table`.
    """

    __slots__ = ("_read", "frame", "stored")

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.stored: StoredTable | None = None
        self._read: Reading | None = None

    @classmethod
    def at(cls, stored: StoredTable, read: Reading) -> "Table":
        """Return one that is stored already; *read* reads it."""
        table = cls(None)
        table.stored = stored
        table._read = read
        return table

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns; of one that is stored, those whose cells have a type of the contract."""
        if self.stored is not None:
            return self.stored.columns
        names = self.frame.column_names if hasattr(self.frame, "column_names") else self.frame.columns
        return tuple(map(str, names))

    @property
    def row_count(self) -> int | None:
        """Number of its rows; None when unknown."""
        return self.stored.row_count if self.stored is not None else len(self.frame)

    @property
    def uri(self) -> str:
        """Where it is stored; empty when it is not yet."""
        return self.stored.uri if self.stored is not None else ""

    def to_pandas(self, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Return it, or the *columns* of these names, as a frame of pandas, with the index that pandas gave it.

        Raises:
            InvalidInput: it has no such column.
            DataError: it cannot be read, or is damaged.
            PluginError: pandas is not installed.
        """
        return self._as("pandas", columns)

    def to_polars(self, columns: Sequence[str] | None = None) -> "pl.DataFrame":
        """Return it, or the *columns* of these names, as a frame of polars; raises what `to_pandas` does."""
        frame: pl.DataFrame = self._as("polars", columns)
        return frame

    def to_arrow(  # pyright: ignore[reportUnknownParameterType] - pyarrow ships no types
        self, columns: Sequence[str] | None = None
    ) -> "pa.Table":  # pyright: ignore[reportUnknownMemberType] - as above
        """Return it, or the *columns* of these names, as a table of pyarrow; raises what `to_pandas` does."""
        return self._as("pyarrow", columns)

    def _as(self, library: str, columns: Sequence[str] | None) -> Any:
        if self._read is not None:
            return self._read(library, columns)
        return read_as(library, self.frame, columns)

    def __repr__(self) -> str:
        if self.stored is not None:
            return f"Table({self.stored.uri!r})"
        return f"Table(<{type(self.frame).__module__}.{type(self.frame).__qualname__}>)"
