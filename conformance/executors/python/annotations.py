"""Annotations of the contract's types: what an author would have written."""

import dataclasses
import datetime as dt
import typing
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import godwit as gw
from godwit.types.absent_data import ABSENT_DATA
from godwit.types.registry import TypeRegistry
from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1 import values_pb2 as pb

_SIMPLE: dict[int, Any] = {
    pb.SIMPLE_TYPE_BOOL: bool,
    pb.SIMPLE_TYPE_INT: int,
    pb.SIMPLE_TYPE_FLOAT: float,
    pb.SIMPLE_TYPE_DECIMAL: Decimal,
    pb.SIMPLE_TYPE_STRING: str,
    pb.SIMPLE_TYPE_BYTES: bytes,
    pb.SIMPLE_TYPE_DATE: dt.date,
    pb.SIMPLE_TYPE_DATETIME: dt.datetime,
    pb.SIMPLE_TYPE_DURATION: dt.timedelta,
    pb.SIMPLE_TYPE_UUID: UUID,
    pb.SIMPLE_TYPE_JSON: gw.Json,
    pb.SIMPLE_TYPE_ERROR: gw.ErrorInfo,
}


class NoAnnotationError(Exception):
    """No annotation has this type: its tags or names are another language's."""


def annotation_of(of: pb.Type, types: TypeRegistry, *, reads: bool = False) -> Any:
    """Return an annotation whose type is *of*.

    Args:
        of: the type.
        types: gives types of annotations.
        reads: one that reads and writes its values will do, though it says less: of a table not the format.

    Raises:
        NoAnnotationError: there is none.
    """
    try:
        annotation = _annotation(of, types)
        if types.type_of(annotation) == of or (reads and of.HasField("table")):
            return annotation
    except (GodwitError, TypeError, ValueError) as error:
        raise NoAnnotationError(str(error)) from error
    raise NoAnnotationError("no annotation has these tags, names or formats")


def _annotation(of: pb.Type, types: TypeRegistry) -> Any:
    made = _bare(of, types)
    return made | None if of.nullable else made


def _bare(of: pb.Type, types: TypeRegistry) -> Any:  # noqa: C901 - one case for each kind of type
    match of.WhichOneof("kind"):
        case "simple":
            return _SIMPLE[of.simple]
        case "list":
            return list[_annotation(of.list.item, types)]
        case "tuple":
            return tuple[tuple(_annotation(item, types) for item in of.tuple.items)]
        case "set":
            return set[_annotation(of.set.item, types)]
        case "map":
            return dict[_annotation(of.map.key, types), _annotation(of.map.value, types)]
        case "enum" if not of.enum.name:
            return typing.Literal[tuple(of.enum.symbols)]
        case "enum":
            return Enum(of.enum.name, list(of.enum.symbols))
        case "record":
            return _record(of.record, types)
        case "union":
            return typing.Union[tuple(_annotation(member.type, types) for member in of.union.members)]  # noqa: UP007 - of a tuple
        case "file":
            return typing.Annotated[gw.File, gw.Format(of.file.format)] if of.file.format else gw.File
        case "directory":
            return (
                typing.Annotated[gw.Directory, gw.Format(of.directory.format)] if of.directory.format else gw.Directory
            )
        case "table":
            return _table(of.table.columns, types)
        case _:
            raise TypeError(of.WhichOneof("kind"))


def _record(of: pb.RecordType, types: TypeRegistry) -> Any:
    fields: list[tuple[str, Any, Any]] = []
    for field in of.fields:
        annotation = _annotation(field.type, types)
        metadata = {"description": field.description} if field.description else {}
        if field.HasField("default_value"):
            default = types.from_literal(field.default_value, annotation, ABSENT_DATA)
            fields.append(
                (field.name, annotation, dataclasses.field(default_factory=_giver(default), metadata=metadata))
            )
        else:
            fields.append((field.name, annotation, dataclasses.field(metadata=metadata)))
    made = dataclasses.make_dataclass("Made", fields, kw_only=True, frozen=True)
    made.__name__ = of.name
    made.__doc__ = of.description or None
    return made


def _giver(value: Any) -> Any:
    return lambda: value


def _table(columns: Sequence[pb.TableColumn], types: TypeRegistry) -> Any:
    if not columns:
        return gw.Table
    return typing.Annotated[gw.Table, gw.Columns({column.name: _annotation(column.type, types) for column in columns})]
