"""Values come back as they were, and equal values have equal digests."""

import collections
import dataclasses
import enum
import math
import types
import typing
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Generic, NamedTuple, NewType, Optional, TypedDict, TypeVar, Union
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from godwit.files import Directory, File, Format
from godwit.types.absent_data import ABSENT_DATA
from godwit.types.errors import UnsupportedType, ValueMismatch
from godwit.types.registry import TypeRegistry
from godwit.values import Json, Pickled
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest
from godwitidl.rules.rendering import render_type
from godwitidl.rules.validation import check_literal, check_type
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

TYPES = TypeRegistry(lambda: PluginRegistry(()))
T = TypeVar("T")


class Colour(enum.Enum):
    RED = 1
    GREEN = "g"
    ALSO_RED = 1  # noqa: PIE796 - an alias


@dataclasses.dataclass
class Point:
    """A place.

    Not more.
    """

    x: int
    y: float = 0.5


@dataclasses.dataclass(frozen=True)
class Everything:
    point: Point
    names: list[str] = dataclasses.field(default_factory=list)
    best: Point | None = None
    colour: Colour = Colour.RED
    by_key: dict[int, tuple[str, bool]] = dataclasses.field(default_factory=dict)
    late: float = dataclasses.field(default=1.0, kw_only=True, metadata={"description": "how late"})
    total: int = dataclasses.field(init=False, default=0)


@dataclasses.dataclass
class Box(Generic[T]):
    inside: T
    more: list[T]


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Movie(TypedDict):
    title: str
    year: int


class Model(BaseModel):
    size: int = Field(3, description="how large")
    names: list[str] = Field(default_factory=list, alias="labels")
    point: Point | None = None


surrogate_free = st.text(st.characters(codec="utf-8"), max_size=20)
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
offsets = st.integers(-64_800, 64_800).map(lambda seconds: timezone(timedelta(seconds=seconds)))
moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29))  # noqa: DTZ001 - zones are added
points = st.builds(Point, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))


def read_back(value: Any, annotation: Any) -> Any:
    literal = TYPES.to_literal(value, annotation, ABSENT_DATA)
    type_ = TYPES.type_of(annotation)
    assert check_type(type_) == []
    assert check_literal(literal, type_) == []
    again = TYPES.to_literal(value, annotation, ABSENT_DATA)
    assert literal.SerializeToString(deterministic=True) == again.SerializeToString(deterministic=True)
    decoded = TYPES.from_literal(Literal.FromString(literal.SerializeToString()), annotation, ABSENT_DATA)
    assert literal_digest(TYPES.to_literal(decoded, annotation, ABSENT_DATA)) == literal_digest(literal)
    return decoded


CASES: list[tuple[Any, Any]] = [
    (bool, st.booleans()),
    (int, st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-(2**63), 2**63 - 1, 0])),
    (float, st.floats(allow_nan=False)),
    (str, surrogate_free),
    (bytes, st.binary()),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    (UUID, st.uuids()),
    (date, st.dates()),
    (datetime, moments),
    (timedelta, st.timedeltas(timedelta(seconds=-315_576_000_000), timedelta(seconds=315_576_000_000))),
    (Colour, st.sampled_from(Colour)),
    (typing.Literal["a", "b"], st.sampled_from(["a", "b"])),
    (typing.Literal["a", None], st.sampled_from(["a", None])),  # noqa: PYI061 - the old spelling works too
    (list[int], st.lists(st.integers(-(2**63), 2**63 - 1))),
    (list[float], st.lists(st.floats(allow_nan=False))),
    (list[str | None], st.lists(st.none() | surrogate_free)),
    (list[list[bool]], st.lists(st.lists(st.booleans()))),
    (tuple[int, ...], st.lists(st.integers(-5, 5)).map(tuple)),
    (tuple[int, str, float], st.tuples(st.integers(-5, 5), surrogate_free, st.floats(allow_nan=False))),
    (tuple[()], st.just(())),
    (dict[str, list[int]], st.dictionaries(surrogate_free, st.lists(st.integers(-5, 5)))),
    (
        dict[tuple[int, Colour], bytes],
        st.dictionaries(st.tuples(st.integers(0, 9), st.sampled_from(Colour)), st.binary()),
    ),
    (set[str], st.sets(surrogate_free)),
    (frozenset[UUID], st.frozensets(st.uuids())),
    (Optional[int], st.none() | st.integers(-5, 5)),  # noqa: UP045 - the old spelling works too
    (Union[int, str, Point], st.integers(-5, 5) | surrogate_free | points),  # noqa: UP007 - the old spelling works too
    (int | float | bool | None, st.integers(-5, 5) | st.floats(allow_nan=False) | st.booleans() | st.none()),
    (list[int] | list[str], st.lists(st.integers(-5, 5)) | st.lists(surrogate_free, min_size=1)),
    (Point, points),
    (Point | None, st.none() | points),
    (
        Everything,
        st.builds(
            Everything,
            points,
            st.lists(surrogate_free),
            st.none() | points,
            st.sampled_from(Colour),
            st.dictionaries(st.integers(-9, 9), st.tuples(surrogate_free, st.booleans())),
            late=st.floats(allow_nan=False),
        ),
    ),
    (Box[int], st.builds(Box, st.integers(-5, 5), st.lists(st.integers(-5, 5)))),
    (Box[Box[str]], st.builds(Box, st.builds(Box, surrogate_free, st.just([])), st.just([]))),
    (Pair, st.builds(Pair, st.integers(-5, 5), surrogate_free)),
    (Movie, st.fixed_dictionaries({"title": surrogate_free, "year": st.integers(1900, 2100)})),
    (Model, st.builds(Model, size=st.integers(-5, 5), labels=st.lists(surrogate_free), point=st.none() | points)),
    (
        Json,
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats(allow_nan=False, allow_infinity=False)
            | surrogate_free,
            lambda inner: st.lists(inner) | st.dictionaries(surrogate_free, inner),
            max_leaves=8,
        ),
    ),
    (NewType("Id", int), st.integers(-5, 5)),
    (Annotated[list[int], "described"], st.lists(st.integers(-5, 5))),
    (collections.abc.Sequence[int], st.lists(st.integers(-5, 5))),
    (collections.abc.Mapping[str, int], st.dictionaries(surrogate_free, st.integers(-5, 5))),
]


@pytest.mark.parametrize(("annotation", "values"), CASES, ids=[str(annotation) for annotation, _ in CASES])
def test_values_come_back(annotation, values):
    @given(values)
    def check(value):
        decoded = read_back(value, annotation)
        assert decoded == value
        assert type(decoded) is type(value)

    check()


@pytest.mark.parametrize(("annotation", "values"), CASES, ids=[str(annotation) for annotation, _ in CASES])
def test_values_without_their_annotation_make_the_same_literals(annotation, values):
    type_ = TYPES.type_of(annotation)

    @given(values)
    def check(value):
        with_annotation = TYPES.to_literal(value, annotation, ABSENT_DATA)
        without = TYPES.literal_of_type(value, type_, ABSENT_DATA)
        assert literal_digest(without) == literal_digest(with_annotation)
        plain = TYPES.value_of_type(without, type_, ABSENT_DATA)
        assert literal_digest(TYPES.literal_of_type(plain, type_, ABSENT_DATA)) == literal_digest(without)

    check()


@given(st.lists(st.floats()))
def test_nan_comes_back_in_lists(values):
    decoded = read_back(values, list[float])
    assert [str(item) for item in decoded] == [str(item) for item in values]


def test_nan_and_both_zeros_come_back():
    assert math.isnan(read_back(math.nan, float))
    assert math.copysign(1, read_back(-0.0, float)) == -1
    assert read_back([1, True][:1], list[int]) == [1]


@given(moments, zones | offsets)
def test_instants_keep_zone_and_offset(moment, zone):
    value = moment.replace(tzinfo=ZoneInfo(zone) if isinstance(zone, str) else zone)
    decoded = read_back(value, datetime)
    assert decoded.timestamp() == pytest.approx(value.timestamp())
    assert decoded - value.astimezone(UTC) == timedelta(0)
    assert decoded.utcoffset() is not None
    if isinstance(zone, str) and zone != "UTC":
        assert decoded.tzinfo == ZoneInfo(zone)


def test_both_sides_of_a_clock_change_come_back():
    berlin = ZoneInfo("Europe/Berlin")
    for fold in (0, 1):
        value = datetime(2024, 10, 27, 2, 30, tzinfo=berlin, fold=fold)
        decoded = read_back(value, datetime)
        assert (decoded, decoded.fold, decoded.utcoffset()) == (value, fold, value.utcoffset())


def test_sets_and_maps_in_any_order_have_one_digest():
    one = TYPES.to_literal({"a": 1, "b": 2}, dict[str, int], ABSENT_DATA)
    other = TYPES.to_literal({"b": 2, "a": 1}, dict[str, int], ABSENT_DATA)
    assert literal_digest(one) == literal_digest(other)
    names = [str(number) for number in range(100)]
    sets = [TYPES.to_literal(set(order), set[str], ABSENT_DATA) for order in (names, names[::-1])]
    assert sets[0] == sets[1]


class Index:
    def __index__(self) -> int:
        return 7


class Word(str):
    __slots__ = ()


def test_what_is_nearly_of_the_type_is_taken():
    assert read_back(Index(), int) == 7
    assert read_back(1, float) == 1.0
    assert read_back(Word("w"), str) == "w"
    assert read_back(bytearray(b"x"), bytes) == b"x"
    assert read_back((1, 2), collections.abc.Sequence[int]) == [1, 2]
    assert read_back(7, Decimal) == Decimal(7)


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (int, True, "expected int, got bool True"),
        (int, 1.0, "expected int, got float 1.0"),
        (int, 2**63, "annotate decimal.Decimal"),
        (int, -(2**63) - 1, "annotate decimal.Decimal"),
        (int, None, "expected int, got None"),
        (bool, 1, "expected bool"),
        (float, True, "expected float"),
        (float, 2**53 + 1, "No float is exactly this number"),
        (float, 10**400, "expected float"),
        (float, "1", "expected float"),
        (str, b"x", "expected string"),
        (str, "\ud800", "lone surrogate"),
        (bytes, "x", "expected bytes"),
        (Decimal, Decimal("NaN"), "neither NaN nor an infinity"),
        (Decimal, 1.5, "expected decimal"),
        (date, datetime(2020, 1, 1), "expected date"),  # noqa: DTZ001 - any
        (datetime, date(2020, 1, 1), "expected datetime"),
        (datetime, datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=19))), "18 hours"),
        (datetime, datetime(2020, 1, 1, tzinfo=timezone(timedelta(microseconds=1))), "whole seconds"),
        (datetime, datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), "years 1 to 9999"),
        (timedelta, timedelta.max, "315,576,000,000"),
        (list[int], (1, 2), "Return list(value)"),
        (list[int], [1, "x"], "at [1]: expected int, got str 'x'"),
        (list[int], [1, True], "at [1]: expected int, got bool True"),
        (list[int], [2**63], "at [0]"),
        (dict[str, list[int]], {"a": [1, None]}, "at ['a'][1]: expected int, got None"),
        (dict[str, int], {1: 1}, "at [1]: expected string"),
        (set[int], [1], "expected set<int>"),
        (tuple[int, str], (1,), "expected tuple<int, string>"),
        (tuple[int, str], (1, 2), "at [1]: expected string"),
        (Colour, 1, "expected Colour"),
        (typing.Literal["a", "b"], "c", "one of a, b"),
        (Point, {"x": 1}, "expected Point"),
        (Point, Point("1"), "at .x: expected int, got str '1'"),  # type: ignore[arg-type]
        (Everything, Everything(Point(1), best=Point(2.5)), "at .best.x"),  # type: ignore[arg-type]
        (Pair, (1, "r"), "expected Pair"),
        (Movie, {"title": "x"}, "expected Movie"),
        (int | str, 1.5, "expected int | string"),
        (int | None, "x", "expected int?"),
        (Json, {1: 2}, "a name in a JSON object"),
        (Json, math.nan, "nan has no JSON"),
        (Json, object(), "object has no JSON"),
        (File, "path.txt", "expected file"),
    ],
)
def test_what_is_not_of_the_type_is_refused_by_name_and_place(annotation, value, text):
    with pytest.raises(ValueMismatch) as caught:
        TYPES.to_literal(value, annotation, ABSENT_DATA)
    assert text in str(caught.value)


@dataclasses.dataclass
class Wider(Point):
    z: int = 0


def test_a_subclass_with_fields_of_its_own_would_lose_them_and_is_refused():
    with pytest.raises(ValueMismatch, match="also has z"):
        TYPES.to_literal(Wider(1), Point, ABSENT_DATA)


@dataclasses.dataclass
class Tree:
    children: "list[Tree]"


@dataclasses.dataclass
class WithInit:
    x: dataclasses.InitVar[int]


@dataclasses.dataclass
class BadDefault:
    x: int = "text"  # type: ignore[assignment]


class Partial(TypedDict, total=False):
    x: int


class Permission(enum.Flag):
    READ = 1


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (Any, "godwit.Json"),
        (object, "godwit.Json"),
        (list, "godwit.Json"),
        (dict, "godwit.Json"),
        (tuple, "godwit.Json"),
        (dict[str, Any], "godwit.Json"),
        (None, "T | None"),
        (complex, "godwit.Pickled[complex]"),
        (types.ModuleType, "Pickled"),
        (Tree, "contains itself (Tree → Tree)"),
        (WithInit, "InitVar"),
        (BadDefault, "default does not fit"),
        (Partial, "may lack x"),
        (Permission, "Flag"),
        (collections.namedtuple("Bare", "a b"), "of what type"),  # noqa: PYI024 - it is refused
        (typing.Literal[1, 2], "enum.Enum"),
        (Json | None, "two ways to be nothing"),
        (dict[float, int], "keys of maps"),
        (set[list[int]], "elements of sets"),
        (dict[str | None, int], "keys of maps"),
        (list["unknown"], "no type"),  # type: ignore[name-defined]  # noqa: F821 - it is refused
        (T, "no type"),
        (typing.Callable[[int], int], "no type"),
        (File[1], "a format is a text"),  # type: ignore[type-arg]
        (Point | Box[int] | Annotated[Point, 1], "cannot be told apart"),
    ],
    ids=str,
)
def test_what_has_no_type_is_refused_with_the_remedy(annotation, text):
    with pytest.raises(UnsupportedType) as caught:
        TYPES.type_of(annotation)
    assert text in str(caught.value)


def test_nesting_has_a_limit():
    annotation: Any = int
    for _ in range(40):
        annotation = list[annotation]
    with pytest.raises(UnsupportedType, match="nested deeper than 30"):
        TYPES.type_of(annotation)


def test_records_carry_names_defaults_and_descriptions():
    record = TYPES.type_of(Everything).record
    assert [field.name for field in record.fields] == ["point", "names", "best", "colour", "by_key", "late"]
    assert not record.fields[0].HasField("default_value")
    assert record.fields[1].default_value.HasField("list")
    assert record.fields[2].default_value.HasField("none")
    assert record.fields[3].default_value.string_value == "RED"
    assert record.fields[5].description == "how late"
    assert TYPES.type_of(Point).record.description == "A place."
    model = TYPES.type_of(Model).record
    assert [field.name for field in model.fields] == ["size", "names", "point"]
    assert model.fields[0].description == "how large"
    assert model.fields[0].default_value.int_value == 3


def test_a_default_that_changes_at_each_call_is_no_part_of_the_type():
    numbers = iter(range(100))

    @dataclasses.dataclass
    class Ticket:
        number: int = dataclasses.field(default_factory=lambda: next(numbers))

    assert not TYPES.type_of(Ticket).record.fields[0].HasField("default_value")


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int | str | None, "(int | string)?"),
        (dict[str, list[int | None]], "map<string, list<int?>>"),
        (Colour | Point, "Colour | Point"),
        (Pickled[complex], "file<python.pickle>"),
        (Annotated[File, Format("csv")], "file<csv>"),
        (File["csv"], "file<csv>"),
        (Directory, "directory"),
        (tuple[int, ...], "list<int>"),
    ],
)
def test_types_are_rendered_for_people(annotation, text):
    assert render_type(TYPES.type_of(annotation)) == text


def test_enum_aliases_are_one_symbol():
    assert list(TYPES.type_of(Colour).enum.symbols) == ["RED", "GREEN"]


@pytest.mark.parametrize(
    ("annotation", "literal"),
    [
        (int, Literal()),
        (int, Literal(string_value="x")),
        (list[int], Literal(int_value=1)),
        (Colour, Literal(string_value="BLUE")),
        (Decimal, Literal(decimal="x")),
        (UUID, Literal(uuid="x")),
        (date, Literal(date="x")),
        (Point, Literal(record={"fields": [{"name": "x", "value": {"int_value": 1}}]})),
        (Json, Literal(json="{")),
        (int | str, Literal(union={"tag": "float", "value": {"float_value": 1.0}})),
        (tuple[int, int], Literal(list={"items": [{"int_value": 1}]})),
        (set[int], Literal(set={"items": [{"int_value": 1}, {"int_value": 1}]})),
        (File["csv"], Literal(file={"uri": "file:///x", "format": "json"})),
        (datetime, Literal(datetime={"time": {"seconds": 0}, "offset_seconds": 0, "zone": "Nowhere/None"})),
    ],
)
def test_literals_of_another_type_are_refused(annotation, literal):
    with pytest.raises(ValueMismatch):
        TYPES.from_literal(literal, annotation, ABSENT_DATA)


def test_packed_numbers_are_read_as_lists_and_tuples():
    ints = Literal(ints={"items": [1, 2]})
    assert TYPES.from_literal(ints, list[int], ABSENT_DATA) == [1, 2]
    assert TYPES.from_literal(ints, tuple[int, int], ABSENT_DATA) == (1, 2)
    assert TYPES.from_literal(Literal(floats={"items": [1.5]}), tuple[float, ...], ABSENT_DATA) == (1.5,)


def test_a_class_may_refuse_its_fields():
    @dataclasses.dataclass
    class Positive:
        n: int

        def __post_init__(self):
            if self.n < 0:
                raise ValueError("n is below zero")

    literal = TYPES.to_literal(Positive(1), Positive, ABSENT_DATA)
    literal.record.fields[0].value.int_value = -1
    with pytest.raises(ValueMismatch, match="n is below zero"):
        TYPES.from_literal(literal, Positive, ABSENT_DATA)


def test_the_same_annotation_is_compiled_once():
    assert TYPES.codec(dict[str, list[Point]]) is TYPES.codec(dict[str, list[Point]])


@pytest.mark.parametrize(("annotation", "values"), [(int, [1, 2]), (float, [0.5, 1.0])])
def test_a_packed_list_is_read_where_its_items_may_be_none(annotation, values):
    packed = Literal()
    TYPES.codec(list[annotation]).fill(packed, values, ABSENT_DATA)
    wanted = TYPES.codec(list[annotation | None])
    assert check_literal(packed, wanted.type) == []
    assert wanted.decode(packed, ABSENT_DATA) == values
