"""Hypothesis strategies for types, and for literals of a type: for tests of everything that handles values.

Importing this module imports hypothesis, which is no dependency of the distribution.
"""

from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from godwitidl.core.v1.errors_pb2 import Blame, Retry
from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.digest import literal_token
from godwitidl.rules.json_text import write_json_text
from godwitidl.rules.rendering import render_type
from godwitidl.rules.scalars import MAX_DURATION_SECONDS, MAX_INSTANT_SECONDS, MIN_INSTANT_SECONDS

__all__ = ["key_types", "literals_of", "names", "typed_literals", "types"]

_KEY_TYPES: Final = (
    SimpleType.SIMPLE_TYPE_BOOL,
    SimpleType.SIMPLE_TYPE_INT,
    SimpleType.SIMPLE_TYPE_DECIMAL,
    SimpleType.SIMPLE_TYPE_STRING,
    SimpleType.SIMPLE_TYPE_BYTES,
    SimpleType.SIMPLE_TYPE_DATE,
    SimpleType.SIMPLE_TYPE_DATETIME,
    SimpleType.SIMPLE_TYPE_DURATION,
    SimpleType.SIMPLE_TYPE_UUID,
)
_OTHER_TYPES: Final = (
    SimpleType.SIMPLE_TYPE_FLOAT,
    SimpleType.SIMPLE_TYPE_JSON,
    SimpleType.SIMPLE_TYPE_ERROR,
)
_FORMATS: Final = ("", "csv", "parquet")


def _texts(max_size: int = 8) -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8"), max_size=max_size)


def names() -> st.SearchStrategy[str]:
    """Names of fields, inputs, outputs and symbols."""
    return st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)


def _simple(number: int, *, nullable: bool = False) -> Type:
    return Type(simple=SimpleType.ValueType(number), nullable=nullable)


@st.composite
def _enums(draw: st.DrawFn) -> Type:
    of = Type()
    of.enum.name = draw(st.sampled_from(["", "Color"]))
    of.enum.symbols.extend(draw(st.lists(names(), min_size=1, max_size=4, unique=True)))
    return of


@st.composite
def key_types(draw: st.DrawFn) -> Type:
    """Types of keys and set elements."""
    leaf = st.one_of(st.sampled_from(_KEY_TYPES).map(_simple), _enums())
    of: Type
    if draw(st.integers(0, 4)):
        of = draw(leaf)
        return of
    of = Type()
    of.tuple.SetInParent()
    of.tuple.items.extend(draw(st.lists(leaf, max_size=3)))
    return of


@st.composite
def types(draw: st.DrawFn, max_depth: int = 3) -> Type:
    """Valid types, nested at most *max_depth* deep, defaults of fields included."""
    of = draw(_bare_types(max_depth))
    if of.simple != SimpleType.SIMPLE_TYPE_JSON:
        of.nullable = draw(st.booleans())
    return of


@st.composite
def _bare_types(draw: st.DrawFn, max_depth: int) -> Type:
    of: Type
    leaves = [st.sampled_from(_KEY_TYPES + _OTHER_TYPES).map(_simple), _enums(), _places()]
    if max_depth < 2:
        of = draw(st.one_of(leaves))
        return of
    inner = max_depth - 1
    parts = [_lists(inner), _tuples(inner), _sets(), _maps(inner), _records(inner), _unions(inner), _tables(inner)]
    of = draw(st.one_of(*leaves, *parts))
    return of


@st.composite
def _places(draw: st.DrawFn) -> Type:
    of = Type()
    kind = draw(st.sampled_from(["file", "directory", "table"]))
    getattr(of, kind).format = draw(st.sampled_from(_FORMATS))
    getattr(of, kind).SetInParent()
    return of


@st.composite
def _lists(draw: st.DrawFn, depth: int) -> Type:
    of = Type()
    of.list.item.CopyFrom(draw(types(depth)))
    return of


@st.composite
def _tuples(draw: st.DrawFn, depth: int) -> Type:
    of = Type()
    of.tuple.SetInParent()
    of.tuple.items.extend(draw(st.lists(types(depth), max_size=3)))
    return of


@st.composite
def _sets(draw: st.DrawFn) -> Type:
    of = Type()
    of.set.item.CopyFrom(draw(st.one_of(st.sampled_from(_KEY_TYPES).map(_simple), _enums())))
    return of


@st.composite
def _maps(draw: st.DrawFn, depth: int) -> Type:
    of = Type()
    of.map.key.CopyFrom(draw(st.one_of(st.sampled_from(_KEY_TYPES).map(_simple), _enums())))
    of.map.value.CopyFrom(draw(types(depth)))
    return of


@st.composite
def _records(draw: st.DrawFn, depth: int) -> Type:
    of = Type()
    of.record.name = draw(st.sampled_from(["", "Point"]))
    for name in draw(st.lists(names(), max_size=3, unique=True)):
        field = of.record.fields.add(name=name)
        field.type.CopyFrom(draw(types(depth)))
        if draw(st.booleans()):
            field.default_value.CopyFrom(draw(literals_of(field.type)))
    return of


@st.composite
def _unions(draw: st.DrawFn, depth: int) -> Type:
    members = draw(st.lists(_bare_types(depth), min_size=2, max_size=3).filter(_is_no_union))
    of = Type()
    for index, member in enumerate(members):
        of.union.members.add(tag=f"{render_type(member)} {index}").type.CopyFrom(member)
    return of


def _is_no_union(members: list[Type]) -> bool:
    return not any(member.HasField("union") for member in members)


@st.composite
def _tables(draw: st.DrawFn, depth: int) -> Type:
    of = Type()
    of.table.format = draw(st.sampled_from(_FORMATS))
    for name in draw(st.lists(names(), max_size=3, unique=True)):
        of.table.columns.add(name=name).type.CopyFrom(draw(types(min(depth, 1))))
    of.table.SetInParent()
    return of


@st.composite
def typed_literals(draw: st.DrawFn, max_depth: int = 3) -> tuple[Type, Literal]:
    """A valid type with one of its values."""
    of = draw(types(max_depth))
    return of, draw(literals_of(of))


@st.composite
def literals_of(draw: st.DrawFn, of: Type) -> Literal:
    """Values of a valid type, inline; lists of numbers sometimes packed."""
    literal = Literal()
    if of.nullable and draw(st.booleans()):
        literal.none.SetInParent()
        return literal
    kind = of.WhichOneof("kind")
    if kind == "simple":
        _fill_simple(draw, literal, of.simple)
    elif kind == "list":
        _fill_list(draw, literal, of.list.item)
    elif kind == "tuple":
        literal.list.SetInParent()
        literal.list.items.extend(draw(literals_of(item)) for item in of.tuple.items)
    elif kind in {"set", "map"}:
        _fill_distinct(draw, literal, of)
    elif kind == "enum":
        literal.string_value = draw(st.sampled_from(list(of.enum.symbols)))
    elif kind == "record":
        literal.record.SetInParent()
        for field in of.record.fields:
            literal.record.fields.add(name=field.name, value=draw(literals_of(field.type)))
    elif kind == "union":
        member = draw(st.sampled_from(list(of.union.members)))
        literal.union.tag = member.tag
        literal.union.value.CopyFrom(draw(literals_of(member.type)))
    else:
        _fill_place(draw, literal, of)
    return literal


def _fill_list(draw: st.DrawFn, literal: Literal, item: Type) -> None:
    packed = {SimpleType.SIMPLE_TYPE_INT: "ints", SimpleType.SIMPLE_TYPE_FLOAT: "floats"}.get(item.simple)
    if packed and draw(st.booleans()):
        numbers = st.integers(-(2**63), 2**63 - 1) if packed == "ints" else st.floats()
        getattr(literal, packed).SetInParent()
        getattr(literal, packed).items.extend(draw(st.lists(numbers, max_size=5)))
        return
    literal.list.SetInParent()
    literal.list.items.extend(draw(st.lists(literals_of(item), max_size=3)))


def _fill_distinct(draw: st.DrawFn, literal: Literal, of: Type) -> None:
    key = of.set.item if of.HasField("set") else of.map.key
    keys = draw(st.lists(literals_of(key), max_size=3, unique_by=literal_token))
    if of.HasField("set"):
        literal.set.SetInParent()
        literal.set.items.extend(keys)
        return
    literal.map.SetInParent()
    for each in keys:
        literal.map.entries.add(key=each, value=draw(literals_of(of.map.value)))


def _fill_place(draw: st.DrawFn, literal: Literal, of: Type) -> None:
    kind = of.WhichOneof("kind")
    assert kind in {"file", "directory", "table"}
    place: Any = getattr(literal, kind)
    place.uri = "memory://" + draw(names())
    place.format = getattr(of, kind).format or draw(st.sampled_from(["csv", "parquet"]))
    if draw(st.booleans()):
        place.digest = "sha256:" + draw(st.binary(min_size=32, max_size=32)).hex()
    if draw(st.booleans()):
        place.size_bytes = draw(st.integers(0, 2**63 - 1))
    if kind == "file":
        place.name = draw(names())
    if kind == "table":
        place.columns.extend(of.table.columns)


def _fill_simple(draw: st.DrawFn, literal: Literal, number: int) -> None:
    name = SimpleType.Name(SimpleType.ValueType(number)).removeprefix("SIMPLE_TYPE_").lower()
    if name == "bool":
        literal.bool_value = draw(st.booleans())
    elif name == "int":
        literal.int_value = draw(st.integers(-(2**63), 2**63 - 1))
    elif name == "float":
        literal.float_value = draw(st.floats())
    elif name == "decimal":
        literal.decimal = str(draw(st.decimals(allow_nan=False, allow_infinity=False).filter(_has_short_exponent)))
    elif name == "string":
        literal.string_value = draw(_texts())
    elif name == "bytes":
        literal.bytes_value = draw(st.binary(max_size=80))
    elif name == "uuid":
        literal.uuid = str(draw(st.uuids()))
    elif name == "date":
        literal.date = draw(st.dates()).isoformat()
    elif name == "json":
        literal.json = write_json_text(draw(_json_values()))
    else:
        _fill_message(draw, literal, name)


def _has_short_exponent(number: Decimal) -> bool:
    return abs(number.adjusted()) < 10**9


def _fill_message(draw: st.DrawFn, literal: Literal, name: str) -> None:
    nanos = draw(st.sampled_from([0, 1, 500_000_000, 999_999_999]))
    if name == "datetime":
        offset = draw(st.one_of(st.none(), st.integers(-64_800, 64_800)))
        literal.datetime.time.seconds = draw(st.integers(MIN_INSTANT_SECONDS + 64_800, MAX_INSTANT_SECONDS - 64_800))
        literal.datetime.time.nanos = nanos
        if offset is not None:
            literal.datetime.offset_seconds = offset
            literal.datetime.zone = draw(st.sampled_from(["", "Europe/Berlin", "America/Argentina/Buenos_Aires"]))
    elif name == "duration":
        seconds = draw(st.integers(1 - MAX_DURATION_SECONDS, MAX_DURATION_SECONDS - 1))
        literal.duration.seconds = seconds
        literal.duration.nanos = -nanos if seconds < 0 else nanos
    else:
        literal.error.code = "USER_EXCEPTION"
        literal.error.message = draw(_texts()) or "failed"
        literal.error.blame = draw(st.sampled_from(Blame.values()[1:]))
        literal.error.retry = draw(st.sampled_from(Retry.values()[1:]))


def _json_values() -> st.SearchStrategy[Any]:
    finite = st.floats(allow_nan=False, allow_infinity=False)
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), finite, _texts())
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts(), inner, max_size=3), max_leaves=6
    )
