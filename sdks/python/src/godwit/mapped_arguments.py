"""Which arguments of a map are mapped over: told by how deep lists nest in the argument and in its parameter."""

import collections.abc
import math
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from godwit.annotation import UNKNOWN, members, name_of
from godwit.errors import DeclarationError
from godwit.marks import find_marks
from godwit.promise import Promise, promise_parts
from godwit.values import PickleMark

_LISTS = (list, collections.abc.Sequence, collections.abc.MutableSequence)


class Each(NamedTuple):
    """An argument that is mapped over, says its author."""

    value: Any


class Bound(NamedTuple):
    """An argument that every item gets, says its author."""

    value: Any


class FromItem(NamedTuple):
    """An argument that is made of the item, says its author. *make* is given the items, as attributes by name."""

    make: Callable[[Any], Any]


class Depth(NamedTuple):
    """How many lists are around each other, at least and at most."""

    least: float
    most: float

    def meets(self, other: "Depth") -> bool:
        """Return whether a value may be of both depths."""
        return self.least <= other.most and other.least <= self.most


def unmarked(value: Any) -> Any:
    """Return *value* without its `each` or `bound`; a range as a list."""
    inner = value.value if isinstance(value, Each | Bound) else value
    return list(inner) if isinstance(inner, range) else inner


def item_count(value: Any) -> int | None:
    """Return the number of items of a mapped value; None while it is a promise."""
    return None if isinstance(value, Promise) else len(value)


def is_mapped(value: Any, annotation: Any, name: str, callee: str) -> bool:
    """Return whether a map is to go over *value*, given for parameter *name* of type *annotation*.

    Raises:
        DeclarationError: both or neither may be meant, or what is marked as a list is none.
    """
    if isinstance(value, Bound | FromItem):
        return False
    inner = unmarked(value)
    given = depth_of_value(inner)
    taken = depth_of_annotation(annotation)
    if isinstance(value, Each):
        if given.most < 1:
            raise DeclarationError(
                f"gw.each takes a list; for {name} of {callee} it got {inner!r}.", code="UNCLEAR_MAP"
            )
        return True
    as_it_is = given.meets(taken)
    over = given.most >= 1 and Depth(max(given.least, 1) - 1, given.most - 1).meets(taken)
    if as_it_is != over:
        return over
    what = f"a promise of {name_of(promise_parts(inner)[1])}" if isinstance(inner, Promise) else repr(inner)
    doubt = "may be given to each item as it is, or mapped over" if over else "is neither that nor a list of it"
    raise DeclarationError(
        f"Input {name} of the map over {callee} takes {name_of(annotation)}; {what} {doubt}.",
        hint=f"Write {name}=gw.each(…) to map over it, or {name}=gw.bound(…) to give it to each item."
        if over
        else "Give it a list of what one item takes.",
        code="UNCLEAR_MAP",
    )


def depth_of_value(value: Any) -> Depth:
    """Return how deep lists nest in *value*, a promise or not."""
    if isinstance(value, Promise):
        return depth_of_annotation(promise_parts(value)[1])
    if isinstance(value, list) or (isinstance(value, tuple) and not hasattr(value, "_fields")):
        inner = [depth_of_value(item) for item in value]
        return _around(_any_of(inner) if inner else Depth(0, math.inf))
    return Depth(0, 0)


def depth_of_annotation(annotation: Any) -> Depth:
    """Return how deep lists nest in values of *annotation*."""
    while True:
        if isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif typing.get_origin(annotation) is typing.Annotated:
            if find_marks(annotation, PickleMark):
                return Depth(0, 0)  # whatever it holds, it is no list to others
            annotation = annotation.__origin__
        elif hasattr(annotation, "__value__"):  # type X = …
            annotation = annotation.__value__
        else:
            break
    kinds = [member for member in members(annotation) if member is not types.NoneType]
    if len(kinds) != 1:
        return _any_of([depth_of_annotation(member) for member in kinds]) if kinds else Depth(0, 0)
    kind = kinds[0]
    origin, arguments = typing.get_origin(kind) or kind, typing.get_args(kind)
    if kind is UNKNOWN or isinstance(kind, typing.TypeVar):
        return Depth(0, math.inf)
    if origin in _LISTS:
        return _around(depth_of_annotation(arguments[0]) if arguments else Depth(0, math.inf))
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _around(depth_of_annotation(arguments[0]))
    return Depth(0, 0)


def _around(inner: Depth) -> Depth:
    return Depth(inner.least + 1, inner.most + 1)


def _any_of(depths: list[Depth]) -> Depth:
    return Depth(min(depth.least for depth in depths), max(depth.most for depth in depths))
