"""Whether a value of one type may feed an input of another, and its conversion where it may.

`docs/contract/castability.md` explains the table, and what is surprising about it.
"""

from collections.abc import Callable, Iterable

from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, TableColumn, Type, UnionLiteral
from godwitidl.rules.cast_table import Level, bare, cast_member, castability, kind_of
from godwitidl.rules.json_text import JsonTextError, parse_json_text, write_json_text
from godwitidl.rules.rendering import render_literal, render_type

__all__ = ["CastError", "Level", "cast_member", "castability", "coerce"]

Converter = Callable[[Literal], Literal]


class CastError(ValueError):
    """A value does not cast to the type that is wanted: never, or not this value."""


def coerce(literal: Literal, source: Type, target: Type) -> Literal:
    """Return *literal*, a value of *source*, as a value of *target*; itself where it is one already.

    A reference, at the top or inside, is passed on with its own type: who reads it converts what it reads. A literal
    that is converted loses the author's hash, which was of the value before.

    Raises:
        CastError: *source* does not cast to *target*; or this value does not: an integer that is not exactly a float,
            NaN as JSON, a file of unknown format, a reference as JSON.
    """
    return _converter(source, target)(literal)


def _converter(source: Type, target: Type) -> Converter:
    level = castability(source, target)
    if level is Level.SAME:
        return _unchanged
    if level is Level.NO:
        raise CastError(f"{render_type(source)} does not cast to {render_type(target)}")
    convert = _value_converter(source, target)
    is_json = kind_of(target) == "json"

    def convert_literal(literal: Literal) -> Literal:
        if literal.HasField("none"):
            return literal
        if literal.HasField("reference") and not is_json:
            return _typed(literal, source)
        return convert(literal)

    return convert_literal


def _unchanged(literal: Literal) -> Literal:
    return literal


def _typed(literal: Literal, source: Type) -> Literal:
    """Return a reference that says its type, where only its holder said it: the holder's type changes."""
    if literal.reference.HasField("type"):
        return literal
    typed = Literal()
    typed.CopyFrom(literal)
    typed.reference.type.CopyFrom(source)
    return typed


def _value_converter(source: Type, target: Type) -> Converter:
    source_kind, target_kind = kind_of(source), kind_of(target)
    if source_kind == "union":
        return _from_union(source, target)
    if target_kind == "union":
        return _to_union(source, target)
    if target_kind == "json":
        return _to_json
    makers: dict[str, Callable[[Type, Type], Converter]] = {
        "int": lambda _, __: _int_to_float if target_kind == "float" else _int_to_decimal,
        "list": _list,
        "tuple": _tuple,
        "map": _map,
        "record": _record,
        "file": _file,
        "directory": _file,
        "table": _table,
    }
    return makers[source_kind](source, target)


def _int_to_float(literal: Literal) -> Literal:
    number = literal.int_value
    if int(float(number)) != number:
        raise CastError(f"{number} is not exactly a float")
    return Literal(float_value=float(number))


def _int_to_decimal(literal: Literal) -> Literal:
    return Literal(decimal=str(literal.int_value))


def _list_items(literal: Literal) -> list[Literal]:
    if literal.HasField("ints"):
        return [Literal(int_value=item) for item in literal.ints.items]
    if literal.HasField("floats"):
        return [Literal(float_value=item) for item in literal.floats.items]
    return list(literal.list.items)


def _list_of(items: list[Literal]) -> Literal:
    made = Literal()
    made.list.SetInParent()
    made.list.items.extend(items)
    return made


def _list(source: Type, target: Type) -> Converter:
    convert = _converter(source.list.item, target.list.item)

    def convert_list(literal: Literal) -> Literal:
        items = [convert(item) for item in _list_items(literal)]
        if items and literal.HasField("ints") and kind_of(target.list.item) == "float":
            packed = Literal()
            packed.floats.items.extend(item.float_value for item in items)
            return packed
        return _list_of(items)

    return convert_list


def _tuple(source: Type, target: Type) -> Converter:
    items = source.tuple.items
    targets = [target.list.item] * len(items) if kind_of(target) == "list" else list(target.tuple.items)
    converters = [_converter(item, wanted) for item, wanted in zip(items, targets, strict=True)]

    def convert_tuple(literal: Literal) -> Literal:
        if len(literal.list.items) != len(converters):
            raise CastError(f"a tuple of {len(converters)} items was expected, not {render_literal(literal)}")
        return _list_of([convert(item) for convert, item in zip(converters, literal.list.items, strict=True)])

    return convert_tuple


def _map(source: Type, target: Type) -> Converter:
    convert = _converter(source.map.value, target.map.value)

    def convert_map(literal: Literal) -> Literal:
        made = Literal()
        made.map.SetInParent()
        for entry in literal.map.entries:
            made.map.entries.add(key=entry.key, value=convert(entry.value))
        return made

    return convert_map


def _record(source: Type, target: Type) -> Converter:
    ours = {field.name: field.type for field in source.record.fields}
    fields = [
        (field, _converter(ours[field.name], field.type) if field.name in ours else None)
        for field in target.record.fields
    ]

    def convert_record(literal: Literal) -> Literal:
        values = {field.name: field.value for field in literal.record.fields}
        made = Literal()
        made.record.SetInParent()
        for field, convert in fields:
            if convert is None:
                value = field.default_value
            elif field.name in values:
                value = convert(values[field.name])
            else:
                raise CastError(f"a record with the field {field.name!r} was expected, not {render_literal(literal)}")
            made.record.fields.append(NamedLiteral(name=field.name, value=value))
        return made

    return convert_record


def _file(_: Type, target: Type) -> Converter:
    def check_format(literal: Literal) -> Literal:
        if literal.HasField("file"):
            _check_format(literal.file.format, target.file.format, literal)
        else:
            _check_format(literal.directory.format, target.directory.format, literal)
        return literal

    return check_format


def _check_format(came: str, wanted: str, literal: Literal) -> None:
    if wanted and came != wanted:
        has = f"is of format {came!r}" if came else "has no known format"
        raise CastError(f"format {wanted!r} was expected, but {render_literal(literal)} {has}")


def _table(_: Type, target: Type) -> Converter:
    def check_table(literal: Literal) -> Literal:
        _check_format(literal.table.format, target.table.format, literal)
        came = {column.name: column for column in literal.table.columns}
        for column in target.table.columns:
            _check_column(came.get(column.name), column, literal)
        return literal

    return check_table


def _check_column(came: TableColumn | None, wanted: TableColumn, literal: Literal) -> None:
    if came is None or castability(came.type, wanted.type) is not Level.SAME:
        has = f"it is {render_type(came.type)}" if came else "it is not there"
        wanted_text = f"the column {wanted.name!r} of {render_type(wanted.type)}"
        raise CastError(f"{wanted_text} was expected in {render_literal(literal)}, but {has}")


def _from_union(source: Type, target: Type) -> Converter:
    converters = {member.tag: _member(member.tag, member.type, target) for member in source.union.members}

    def convert_union(literal: Literal) -> Literal:
        convert = converters.get(literal.union.tag)
        if convert is None:
            raise CastError(f"the tag {literal.union.tag!r} is none of {render_type(source)}")
        return convert(literal.union.value)

    return convert_union


def _member(tag: str, source: Type, target: Type) -> Converter:
    """Return what converts a member's value to *target*, by its tag where *target* is a union that has it."""
    if kind_of(target) != "union":
        return _converter(source, target)
    namesake = next((member for member in target.union.members if member.tag == tag), None)
    if namesake is None:
        return _converter(source, bare(target))
    return _tagged(tag, _converter(source, namesake.type))


def _to_union(source: Type, target: Type) -> Converter:
    member = cast_member(source, target)
    assert member is not None, "a level that is not NO"
    return _tagged(member.tag, _converter(bare(source), member.type))


def _tagged(tag: str, convert: Converter) -> Converter:
    return lambda literal: Literal(union=UnionLiteral(tag=tag, value=convert(literal)))


def _to_json(literal: Literal) -> Literal:
    try:
        text = _json_text(literal)
        parse_json_text(text)
    except JsonTextError as error:
        raise CastError(str(error)) from error
    return Literal(json=text)


def _json_text(literal: Literal) -> str:
    kind = literal.WhichOneof("kind")
    if kind in {"bool_value", "int_value", "float_value", "string_value"}:
        return write_json_text(getattr(literal, kind))
    if kind in {"ints", "floats"}:
        return write_json_text(list(getattr(literal, kind).items))
    if kind == "list":
        return "[" + ",".join(map(_json_text, literal.list.items)) + "]"
    if kind == "map":
        entries = ((entry.key.string_value, entry.value) for entry in literal.map.entries)
        return _json_object(entries)
    if kind == "record":
        return _json_object((field.name, field.value) for field in literal.record.fields)
    if kind == "union":
        return _json_text(literal.union.value)
    if kind == "json":
        return literal.json
    raise CastError(f"{render_literal(literal)} has no JSON")


def _json_object(pairs: Iterable[tuple[str, Literal]]) -> str:
    return "{" + ",".join(f"{write_json_text(name)}:{_json_text(value)}" for name, value in pairs) + "}"
