"""Settings behave as frozen dataclasses do."""

import copy
import pickle

import godwit as gw
import pytest
from godwit.immutable import Immutable
from godwit.marks import Hash
from godwit.values import JsonMark, PickleMark


class Point(Immutable):
    """A point."""

    HIDDEN = ("label",)

    x: int
    y: int = 2
    label: str = ""


def test_fields_are_given_by_order_or_by_name():
    assert (Point(1).x, Point(1).y, Point(1, 5).y, Point(y=3, x=1).y) == (1, 2, 5, 3)
    assert repr(Point(1, label="secret")) == "Point(x=1, y=2)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Point, "missing 'x'"),
        (lambda: Point(1, 2, "", 4), "at most 3 arguments, but 4"),
        (lambda: Point(1, x=1), "multiple values for argument 'x'"),
        (lambda: Point(1, z=1), "unexpected keyword argument 'z'"),
    ],
)
def test_what_does_not_fit_is_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_equal_are_those_of_one_class_with_equal_fields():
    assert Point(1) == Point(1, 2)
    assert hash(Point(1)) == hash(Point(1, 2))
    assert Point(1) != Point(2)
    assert JsonMark() == JsonMark() != PickleMark()
    assert gw.Format("csv") != Hash("csv")
    assert len({gw.Format("csv"), gw.Secret("csv"), gw.Format("csv")}) == 2


def test_nothing_can_be_changed():
    point = Point(1)
    with pytest.raises(AttributeError, match="immutable"):
        point.x = 2
    with pytest.raises(AttributeError, match="immutable"):
        del point.x
    assert point.__replace__(y=7) == Point(1, 7)


def test_they_can_be_copied_pickled_and_matched():
    cache = gw.Cache("1", ttl=5, ignored_inputs=("b", "a"))
    assert copy.deepcopy(cache) == pickle.loads(pickle.dumps(cache)) == cache
    match cache:
        case gw.Cache(version, salt):
            assert (version, salt) == ("1", "")
