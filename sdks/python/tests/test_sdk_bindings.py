"""The law of bindings: put together by the engine, a structure with promises is what Python would have made of it."""

import dataclasses
from typing import Any

import godwit as gw
import pytest
from godwit.binding import bind, holds_promise
from godwit.expression import InputReference
from godwit.expression_spec import fill_expression
from godwit.promise import Promise
from godwit.types.absent_data import ABSENT_DATA
from godwit.types.registry import TypeRegistry
from godwit_core.compiler.evaluation import evaluate
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.expression_pb2 import Expression
from hypothesis import given
from hypothesis import strategies as st


@dataclasses.dataclass
class Point:
    x: int
    label: str | None = None


@dataclasses.dataclass
class Shape:
    points: list[Point]
    weights: dict[str, tuple[int, float]]


TYPES = TypeRegistry(lambda: PluginRegistry(()))
INTS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False)


@st.composite
def promised(draw, values, annotation, promises):
    """Draw a value and, in its place, itself or the promise of it."""
    value = draw(values)
    if draw(st.booleans()):
        name = f"input_{len(promises)}"
        promises[name] = (value, annotation)
        return value, Promise(InputReference(name), annotation, "scope")
    return value, value


@st.composite
def shapes(draw):
    """Draw a shape without promises, the same with some of them, and what they stand for."""
    promises: dict[str, Any] = {}
    plain_points, points = [], []
    for _ in range(draw(st.integers(0, 3))):
        x, given_x = draw(promised(INTS, int, promises))
        label, given_label = draw(promised(st.none() | st.text(st.characters(codec="utf-8")), str | None, promises))
        plain_points.append(Point(x, label))
        points.append(Point(given_x, given_label))
    plain_weights, weights = {}, {}
    for key in draw(st.lists(st.text(st.characters(codec="utf-8"), max_size=3), unique=True, max_size=3)):
        number, given_number = draw(promised(INTS, int, promises))
        weight, given_weight = draw(promised(FLOATS, float, promises))
        plain_weights[key] = (number, weight)
        weights[key] = (given_number, given_weight)
    return Shape(plain_points, plain_weights), Shape(points, weights), promises


@given(shapes())
def test_an_evaluated_binding_is_the_value(drawn):
    plain, with_promises, promises = drawn
    assert holds_promise(with_promises) == bool(promises)
    message = Expression()
    fill_expression(message, bind(with_promises, Shape, "scope", "input"), TYPES)

    def look_up(reference: Expression) -> Any:
        value, annotation = promises[reference.workflow_input]
        return TYPES.to_literal(value, annotation, ABSENT_DATA)

    assert TYPES.from_literal(evaluate(message, look_up), Shape, ABSENT_DATA) == plain


def test_a_promise_of_elsewhere_is_refused_however_deep():
    leaked = Promise(InputReference("x"), int, "elsewhere")
    with pytest.raises(gw.PromiseError, match="another workflow"):
        bind(Shape([Point(1), Point(leaked)], {}), Shape, "scope", "input shape")
