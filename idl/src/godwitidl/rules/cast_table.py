"""The castability table, which is data (`castability.json`), and how it is read."""

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from functools import cache
from typing import Final

from godwitidl.core.v1.values_pb2 import RecordType, SimpleType, Type, UnionMember
from godwitidl.rules.type_encoding import encode_type

_Row = tuple["Level", str | None]


class Level(IntEnum):
    """How well a type casts to another. A type of parts casts as badly as its worst part: the greatest level."""

    SAME = 0
    """The literal is a value of the target already."""
    CONVERT = 1
    """Every value converts."""
    CHECKED = 2
    """Values convert, or fail when they come, loudly."""
    NO = 3
    """Refused when the graph is compiled."""


def castability(source: Type, target: Type) -> Level:
    """Return how well values of *source* cast to *target*. Both are valid types."""
    if source.nullable and not target.nullable:
        return Level.NO
    source_kind, target_kind = kind_of(source), kind_of(target)
    if source_kind == "union":
        return _union(source, target)
    if target_kind == "union":
        member = cast_member(source, target)
        return Level.NO if member is None else max(Level.CONVERT, castability(bare(source), member.type))
    row = _table().get((source_kind, target_kind))
    if row is None:
        return Level.NO
    level, condition = row
    return level if condition is None else max(level, _CONDITIONS[condition](source, target))


def cast_member(source: Type, target: Type) -> UnionMember | None:
    """Return the member of the union *target* that values of *source*, not itself a union, go to; None where none does.

    The one equal member, else the one of the same kind at level SAME, else the one at level SAME, else the one that
    *source* casts to at all. Two of the same rank are ambiguous: None.
    """
    plain = bare(source)
    encoded, kind = encode_type(plain), kind_of(plain)
    ranks: dict[int, list[UnionMember]] = {}
    for member in target.union.members:
        level = castability(plain, member.type)
        if level is Level.NO:
            continue
        if encode_type(member.type) == encoded:
            rank = 0
        elif level is Level.SAME:
            rank = 1 if kind_of(member.type) == kind else 2
        else:
            rank = 3
        ranks.setdefault(rank, []).append(member)
    if not ranks:
        return None
    best = ranks[min(ranks)]
    return best[0] if len(best) == 1 else None


def kind_of(of: Type) -> str:
    """Return the name of a type's kind as the table has it: `int`, `list`, `union`; empty for none."""
    kind = of.WhichOneof("kind")
    if kind == "simple":
        return _SIMPLE.get(of.simple, "")
    return kind or ""


@cache
def _table() -> dict[tuple[str, str], _Row]:
    # Not importlib.resources, whose import takes 11 ms.
    import json  # noqa: PLC0415 - this and the next: 2 ms, for a table that few programs need
    from pkgutil import get_data  # noqa: PLC0415 - as above

    data = json.loads(get_data("godwitidl", "castability.json") or b"")
    table: dict[tuple[str, str], tuple[Level, str | None]] = {
        (name, name): (Level.SAME, None) for name in data["identity"]
    }
    for row in data["rows"]:
        table[row["from"], row["to"]] = (Level[row["level"].upper()], row.get("when"))
    return table


def bare(of: Type) -> Type:
    """Return the type of the values of *of* that are not none."""
    if not of.nullable:
        return of
    bare = Type()
    bare.CopyFrom(of)
    bare.nullable = False
    return bare


def _union(source: Type, target: Type) -> Level:
    if kind_of(target) != "union":
        return max(Level.CONVERT, _worst(castability(member.type, target) for member in source.union.members))
    by_tag = {member.tag: member for member in target.union.members}
    levels = []
    for member in source.union.members:
        namesake = by_tag.get(member.tag)
        if namesake is not None:
            levels.append(castability(member.type, namesake.type))
        else:
            levels.append(castability(member.type, bare(target)))
    return _worst(levels)


def _worst(levels: Iterable[Level]) -> Level:
    return max(levels, default=Level.SAME)


def _symbols_subset(source: Type, target: Type) -> Level:
    return Level.SAME if set(source.enum.symbols) <= set(target.enum.symbols) else Level.NO


def _only_same(level: Level) -> Level:
    return level if level is Level.SAME else Level.NO


def _items(source: Type, target: Type) -> Level:
    if len(source.tuple.items) != len(target.tuple.items):
        return Level.NO
    return _worst(map(castability, source.tuple.items, target.tuple.items))


def _key_same_value(source: Type, target: Type) -> Level:
    key = _only_same(castability(source.map.key, target.map.key))
    return max(key, castability(source.map.value, target.map.value))


def _fields(source: Type, target: Type) -> Level:
    ours = {field.name: field for field in source.record.fields}
    theirs = {field.name: field for field in target.record.fields}
    dropped, filled = ours.keys() - theirs.keys(), theirs.keys() - ours.keys()
    if (dropped and filled) or not all(theirs[name].HasField("default_value") for name in filled):
        return Level.NO
    level = Level.CONVERT if dropped or filled else Level.SAME
    return max(level, _worst(castability(ours[name].type, theirs[name].type) for name in ours.keys() & theirs.keys()))


def _format(source: str, target: str) -> Level:
    if not target or source == target:
        return Level.SAME
    return Level.NO if source else Level.CHECKED


def _format_columns(source: Type, target: Type) -> Level:
    level = _format(source.table.format, target.table.format)
    if not target.table.columns:
        return level
    if not source.table.columns:
        return max(level, Level.CHECKED)
    ours = {column.name: column.type for column in source.table.columns}
    for column in target.table.columns:
        if column.name not in ours or castability(ours[column.name], column.type) is not Level.SAME:
            return Level.NO
    return level


def _all_to_json(parts: Sequence[Type], target: Type) -> Level:
    return _worst(castability(part, target) for part in parts)


def _string_key_value_to_json(source: Type, target: Type) -> Level:
    return castability(source.map.value, target) if kind_of(source.map.key) == "string" else Level.NO


def _field_types(record: RecordType) -> list[Type]:
    return [field.type for field in record.fields]


_SIMPLE: Final = {number: name.removeprefix("SIMPLE_TYPE_").lower() for name, number in SimpleType.items() if number}

_CONDITIONS: Final[dict[str, Callable[[Type, Type], Level]]] = {
    "symbols_subset": _symbols_subset,
    "item": lambda source, target: castability(source.list.item, target.list.item),
    "items_to_item": lambda source, target: _worst(castability(i, target.list.item) for i in source.tuple.items),
    "items": _items,
    "item_same": lambda source, target: _only_same(castability(source.set.item, target.set.item)),
    "key_same_value": _key_same_value,
    "fields": _fields,
    "format": lambda source, target: (
        _format(source.file.format, target.file.format)
        if kind_of(source) == "file"
        else _format(source.directory.format, target.directory.format)
    ),
    "format_columns": _format_columns,
    "item_to_json": lambda source, target: castability(source.list.item, target),
    "items_to_json": lambda source, target: _all_to_json(source.tuple.items, target),
    "string_key_value_to_json": _string_key_value_to_json,
    "fields_to_json": lambda source, target: _all_to_json(_field_types(source.record), target),
}
