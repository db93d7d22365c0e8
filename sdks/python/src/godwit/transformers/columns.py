"""The columns that an annotation asks of a table."""

from collections.abc import Callable
from typing import Any

from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.values_pb2 import TableColumn, TableType, Type
from godwitidl.rules.castability import Level, castability
from godwitidl.rules.rendering import render_type

from godwit.marks import Columns, find_marks
from godwit.types.errors import ValueMismatch
from godwit.types.registry import TypeRegistry


def table_type(annotation: Any, describe: Callable[[Any], Type]) -> Type:
    """Return the type of a table that is annotated so: with the columns that it says, of any format."""
    table = TableType()
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
