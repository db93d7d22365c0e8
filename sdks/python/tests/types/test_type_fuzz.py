"""Whatever literal comes, it is read, or refused with a clear error."""

from contextlib import suppress

from godwit.types.absent_data import ABSENT_DATA
from godwit.types.registry import TypeRegistry
from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.digest import literal_digest
from godwitidl.testing import typed_literals, types
from hypothesis import given, settings
from hypothesis import strategies as st

TYPES = TypeRegistry(lambda: PluginRegistry(()))


def has(of: Type, *kinds: str) -> bool:
    """Whether *of* has a part of one of *kinds*: `union`, `table`, or `13` for a simple type of that number."""
    text = str(of)
    return any(kind in text for kind in kinds)


@given(typed_literals())
@settings(deadline=None)
def test_values_of_any_type_are_read_or_refused(pair):
    of, literal = pair
    try:
        value = TYPES.value_of_type(literal, of, ABSENT_DATA)
    except GodwitError:
        return
    try:
        again = TYPES.literal_of_type(value, of, ABSENT_DATA)
    except GodwitError:
        return
    # Which of two equal members a plain value is of cannot be told; Python is exact to the microsecond.
    if not has(of, "union", "DATETIME", "DURATION"):
        assert literal_digest(again) == literal_digest(literal)


@given(types(), typed_literals())
@settings(deadline=None)
def test_values_of_another_type_are_refused_or_read(of, pair):
    _, literal = pair
    with suppress(GodwitError):
        TYPES.value_of_type(literal, of, ABSENT_DATA)


@given(st.binary(max_size=64), types())
@settings(deadline=None)
def test_any_bytes_that_are_a_literal_are_read_or_refused(content, of):
    literal = Literal()
    try:
        literal.ParseFromString(content)
    except Exception:  # noqa: BLE001 - protobuf's own error: no literal, so nothing to read
        return
    with suppress(GodwitError):
        TYPES.value_of_type(literal, of, ABSENT_DATA)
