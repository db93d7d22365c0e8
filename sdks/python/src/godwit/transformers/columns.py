"""What annotations ask of tables: columns, and a format."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.values_pb2 import Literal, TableColumn, TableType, Type
from godwitidl.rules.castability import Level, castability
from godwitidl.rules.rendering import render_type

from godwit.files import Format
from godwit.marks import Columns, find_marks
from godwit.types.errors import UnsupportedType, ValueMismatch
from godwit.types.registry import TypeRegistry

PARQUET: Final = "parquet"
ARROW: Final = "arrow"


def table_type(annotation: Any, describe: Callable[[Any], Type]) -> Type:
    """Return the type of a table that is annotated so: with the columns and the format that it says.

    Raises:
        UnsupportedType: the format is none of tables.
    """
    table = TableType()
    for mark in find_marks(annotation, Format):
        if mark.name not in {PARQUET, ARROW}:
            raise UnsupportedType(
                f"Tables are stored as {PARQUET} or {ARROW}, not as {mark.name!r}.",
                hint='Write Annotated[…, gw.Format("arrow")], or gw.File for files of another format.',
            )
        table.format = mark.name
    for mark in find_marks(annotation, Columns):
        for name, cells in mark.columns:
            table.columns.append(TableColumn(name=name, type=describe(cells)))
    return Type(table=table)


def needed_columns(annotation: Any) -> Type:
    """Return the type of a table that is annotated so, where no registry is at hand: cells are of no plugin's class."""
    return table_type(annotation, TypeRegistry(lambda: PluginRegistry(())).type_of)


def check_column(column: TableColumn, came: Type | None, shown: str) -> None:
    """Check that a column has the cells that it should have; *came* is None where they have no type in the contract.

    Raises:
        ValueMismatch: they are others.
    """
    wanted = Type()
    wanted.CopyFrom(column.type)
    wanted.nullable = False
    if came is None or castability(came, wanted) is not Level.SAME:
        raise ValueMismatch(f"column {column.name} of {render_type(wanted)}", f"one of {shown} cells")


def check_names(wanted: Sequence[str], there: Sequence[str]) -> None:
    """Check that columns that are to be read are there.

    Raises:
        ValueMismatch: one is not.
    """
    for name in wanted:
        if name not in there:
            raise ValueMismatch(f"a column {name}", f"a table with the columns {', '.join(there) or 'none'}")


def check_stored(literal: Literal) -> Any:
    """Return the table in *literal*.

    Raises:
        ValueMismatch: there is none, or its format is unknown here.
    """
    if not literal.HasField("table"):
        raise ValueMismatch("a table", f"a literal of kind {literal.WhichOneof('kind') or 'unknown'}")
    if literal.table.format not in {PARQUET, ARROW}:
        raise ValueMismatch(f"a table of format {PARQUET} or {ARROW}", f"one of format {literal.table.format!r}")
    return literal.table
