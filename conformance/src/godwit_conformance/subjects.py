"""Types, values and pairs of types to draw: such as every language can hold, whose unions show their members."""

from keyword import iskeyword
from typing import Final

from godwitidl import testing
from godwitidl.conformance.v1.conformance_pb2 import Castable, RoundTripLiteral
from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.rendering import render_type
from google.protobuf.message import Message
from hypothesis import strategies as st

_MICROSECOND: Final = 1000


def types(max_depth: int = 3) -> st.SearchStrategy[Type]:
    """Valid types, without tables; the tags of unions are the default ones."""
    return testing.types(max_depth).map(tame_type)


def literals() -> st.SearchStrategy[RoundTripLiteral]:
    """Valid types, each with one of its values."""

    def with_value(of: Type) -> st.SearchStrategy[RoundTripLiteral]:
        return testing.literals_of(of).map(lambda literal: _pair(of, literal))

    return st.one_of(types(1), types()).flatmap(with_value)


def pairs() -> st.SearchStrategy[Castable]:
    """Pairs of types: often alike, so that they cast."""
    drawn = testing.types(2)
    alike = st.tuples(drawn, st.booleans()).map(lambda pair: (pair[0], _varied(pair[0], nullable=pair[1])))
    return st.one_of(st.tuples(drawn, drawn), alike).map(lambda pair: _castable(*pair))


def tame_type(of: Type) -> Type:
    """Return *of* without what languages hold in ways of their own."""
    made = Type()
    made.CopyFrom(of)
    _tame(made)
    return made


def tame_literal(literal: Literal) -> None:
    """Cut times in *literal* to microseconds, and take their zones away, whose offsets were drawn."""
    for part in _literals(literal):
        if part.HasField("datetime"):
            part.datetime.zone = ""
            part.datetime.time.nanos -= part.datetime.time.nanos % _MICROSECOND
        elif part.HasField("duration"):
            nanos = part.duration.nanos
            part.duration.nanos = (abs(nanos) - abs(nanos) % _MICROSECOND) * (-1 if nanos < 0 else 1)


def _pair(of: Type, literal: Literal) -> RoundTripLiteral:
    tame_literal(literal)
    return RoundTripLiteral(type=of.SerializeToString(), literal=literal.SerializeToString())


def _castable(source: Type, target: Type) -> Castable:
    return Castable(source=source.SerializeToString(), target=target.SerializeToString())


def _varied(of: Type, *, nullable: bool) -> Type:
    made = Type()
    made.CopyFrom(of)
    made.nullable = nullable and of.simple != SimpleType.SIMPLE_TYPE_JSON
    if made.HasField("record"):
        fields = list(made.record.fields)[::-1]
        del made.record.fields[:]
        made.record.fields.extend(fields)
    return made


def _tame(of: Type) -> None:
    kind = of.WhichOneof("kind")
    if kind == "table":
        nullable = of.nullable
        of.Clear()
        of.file.SetInParent()
        of.nullable = nullable
    elif kind == "union":
        _tame_union(of)
    elif kind == "record":
        for field in of.record.fields:
            _tame(field.type)
            field.name += "_" * iskeyword(field.name)
            field.ClearField("default_value")
    else:
        for part in (*of.tuple.items, *(_part(of) if kind in {"list", "set", "map"} else ())):
            _tame(part)


def _part(of: Type) -> list[Type]:
    return [of.list.item] if of.HasField("list") else [of.set.item] if of.HasField("set") else [of.map.value]


def _tame_union(of: Type) -> None:
    """Keep the members that a value alone tells apart, in any language; where one is left, be that one."""
    members: dict[str, Type] = {}
    for member in of.union.members:
        _tame(member.type)
        if _is_told_apart(member.type):
            members.setdefault(render_type(member.type), Type()).CopyFrom(member.type)
    kept = list(members.items())
    nullable = of.nullable
    of.Clear()
    if len(kept) > 1:
        for tag, type_ in kept:
            of.union.members.add(tag=tag, type=type_)
    elif kept:
        of.CopyFrom(kept[0][1])
    else:
        of.simple = SimpleType.SIMPLE_TYPE_INT
    of.nullable = nullable


def _is_told_apart(of: Type) -> bool:
    kind = of.WhichOneof("kind")
    if kind == "simple":
        return of.simple != SimpleType.SIMPLE_TYPE_JSON
    return (kind == "enum" and bool(of.enum.name)) or (kind == "record" and bool(of.record.name))


def _literals(message: Message) -> list[Literal]:
    found = [message] if isinstance(message, Literal) else []
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in (value,) if isinstance(value, Message) else value:
                found += _literals(part)
    return found
