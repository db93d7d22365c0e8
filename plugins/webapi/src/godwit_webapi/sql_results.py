"""Rows of a result as a value of the type that a task returns."""

from typing import Any, NamedTuple

from godwitidl.core.v1.values_pb2 import SimpleType, Type

from godwit_webapi.job_values import OutputMissing


class Rows(NamedTuple):
    """A result.

    Attributes:
        columns: names of its columns.
        rows: its rows, each of as many cells, which are JSON values.
    """

    columns: list[str]
    rows: list[list[Any]]


def value_of(result: Rows, of: Type) -> Any:
    """Return a result as JSON of the type *of*.

    A list of records or maps has all rows; any other list the first column. A record or map is the only row; JSON is a
    list of objects; anything else is the first cell of the only row.

    Raises:
        OutputMissing: there is not one row where there has to be.
    """
    objects = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    kind = of.WhichOneof("kind")
    if kind == "list":
        return [row[0] for row in result.rows] if not _is_row(of.list.item) else objects
    if kind == "simple" and of.simple == SimpleType.SIMPLE_TYPE_JSON:
        return objects
    if not result.rows and of.nullable:
        return None
    if len(result.rows) != 1:
        raise OutputMissing(f"The statement gave {len(result.rows)} rows; the task returns what stands in one.")
    return objects[0] if _is_row(of) else result.rows[0][0]


def _is_row(of: Type) -> bool:
    kind = of.WhichOneof("kind")
    return kind in {"record", "map"} or (kind == "simple" and of.simple == SimpleType.SIMPLE_TYPE_JSON)
