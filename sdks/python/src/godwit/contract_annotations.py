"""Annotations of types that were declared in another language."""

import collections
import datetime as dt
import decimal
import types
import typing
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Final

from godwitidl.core.v1.interface_pb2 import Input, Interface
from godwitidl.core.v1.values_pb2 import SimpleType, Type

from godwit.marks import OfType
from godwit.signature import MISSING, OutputField, Parameter, Shape, Signature
from godwit.values import Json

_SIMPLE: Final[Mapping[SimpleType.ValueType, Any]] = types.MappingProxyType(
    {
        SimpleType.SIMPLE_TYPE_BOOL: bool,
        SimpleType.SIMPLE_TYPE_INT: int,
        SimpleType.SIMPLE_TYPE_FLOAT: float,
        SimpleType.SIMPLE_TYPE_STRING: str,
        SimpleType.SIMPLE_TYPE_BYTES: bytes,
        SimpleType.SIMPLE_TYPE_DECIMAL: decimal.Decimal,
        SimpleType.SIMPLE_TYPE_DATE: dt.date,
        SimpleType.SIMPLE_TYPE_DATETIME: dt.datetime,
        SimpleType.SIMPLE_TYPE_DURATION: dt.timedelta,
        SimpleType.SIMPLE_TYPE_UUID: uuid.UUID,
        SimpleType.SIMPLE_TYPE_JSON: Json,
    }
)


def signature_of(interface: Interface, name: str) -> Signature:
    """Return the signature of an interface that was made by another SDK; *name*: of the entity.

    A default is in the interface, and is known here only to be there. Several outputs are fields of a named tuple.
    """
    parameters = tuple(
        Parameter(item.name, annotation_of(item.type), _default(item), item.description) for item in interface.inputs
    )
    outputs = tuple(OutputField(item.name, annotation_of(item.type)) for item in interface.outputs)
    if len(outputs) < 2:
        return Signature(parameters, outputs, Shape.SINGLE if outputs else Shape.NOTHING)
    # Names that a tuple cannot have, such as keywords, can be had by their places.
    record = collections.namedtuple(name.rpartition(".")[2], [item.name for item in outputs], rename=True)  # type: ignore[misc]  # noqa: PYI024 - its fields are known here only
    return Signature(parameters, outputs, Shape.NAMED_TUPLE, record)


def _default(item: Input) -> Any:
    return ... if item.HasField("default_value") else MISSING


def annotation_of(type_: Type) -> Any:
    """Return an annotation of *type_*.

    What Python has a class for is annotated with it. Records, enums, unions, files and tables are annotated with the
    type itself: values of any class that has the same fields, symbols or members are taken, fields of a promise are
    checked by the compiler, and what is read comes as dicts and names.
    """
    if type_.nullable:
        inner = Type()
        inner.CopyFrom(type_)
        inner.nullable = False
        return typing.Optional[annotation_of(inner)]  # noqa: UP045 - the annotation is made, and may be any object
    match type_.WhichOneof("kind"):
        case "simple" if type_.simple in _SIMPLE:
            return _SIMPLE[type_.simple]
        case "list":
            return types.GenericAlias(list, (annotation_of(type_.list.item),))
        case "set":
            return types.GenericAlias(set, (annotation_of(type_.set.item),))
        case "tuple":
            return types.GenericAlias(tuple, tuple(annotation_of(item) for item in type_.tuple.items))
        case "map":
            return types.GenericAlias(dict, (annotation_of(type_.map.key), annotation_of(type_.map.value)))
        case _:
            return Annotated[Any, OfType(type_.SerializeToString(deterministic=True))]
