"""Whatever comes in: a value, or the one error that the function names."""

import contextlib

import pytest
from godwitidl.core.v1.values_pb2 import SIMPLE_TYPE_BOOL, Literal, MapType, Type
from godwitidl.rules.digest import DigestError, literal_digest
from godwitidl.rules.framing import FrameReader, FramingError
from godwitidl.rules.json_text import JsonTextError, parse_json_text
from godwitidl.rules.rendering import render_literal
from godwitidl.rules.validation import check_literal
from godwitidl.rules.value_json import JsonValueError, from_json, to_json
from godwitidl.testing import typed_literals, types
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

quick = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))

NAMES = st.sampled_from(
    ["tag", "value", "uri", "name", "format", "digest", "columns", "size_bytes", "type", "@json", "@hash", "@value"]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(
        ["1", "1e5", "NaN", "2024-02-29", "2024-02-29T00:00:00Z", "1h", "P1D", "AA==", "\ud800", "9" * 5000]
    ),
    st.integers(4000, 6000).map(lambda digits: 10**digits),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(types(), JSON)
@quick
def test_json_is_read_or_refused(of, value):
    with contextlib.suppress(JsonValueError):
        literal = from_json(value, of)
        literal_digest(literal)
        assert to_json(literal, of) is not None or literal.HasField("none") or literal.HasField("json")


def test_a_key_with_a_number_too_long_for_text_is_refused():
    bools = Type(map=MapType(key=Type(simple=SIMPLE_TYPE_BOOL), value=Type(simple=SIMPLE_TYPE_BOOL)))
    with pytest.raises(JsonValueError, match="a list of 1 items"):
        from_json([[[10**5000], True]], bools)


@given(types(), typed_literals())
@quick
def test_a_value_of_another_type_is_a_problem_and_has_no_json(of, drawn):
    _, literal = drawn
    problems = check_literal(literal, of)
    try:
        to_json(literal, of)
    except JsonValueError:
        assert problems


@given(typed_literals(), st.data())
@quick
def test_damaged_bytes_give_a_value_or_a_named_error(drawn, data):
    of, literal = drawn
    encoded = bytearray(literal.SerializeToString())
    if encoded:
        encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    try:
        damaged = Literal.FromString(bytes(encoded))
    except DecodeError:
        return
    problems = check_literal(damaged, of)
    render_literal(damaged)
    try:
        literal_digest(damaged)
    except DigestError:
        assert problems


@given(st.text('{}[]:,"\\ud8e0190.-+tfn \n', max_size=20))
@quick
def test_json_text_is_read_or_refused(text):
    with contextlib.suppress(JsonTextError):
        parse_json_text(text)


@given(st.lists(st.binary(max_size=20), max_size=5))
@quick
def test_any_stream_is_frames_or_refused(pieces):
    reader = FrameReader(limit_bytes=100)
    with contextlib.suppress(FramingError):
        for piece in pieces:
            reader.feed(piece)
