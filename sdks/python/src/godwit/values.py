"""Annotations for values that no other type fits: free JSON, and the opt-in to pickle."""

from typing import Annotated, Any, TypeAlias, TypeVar

from godwit.immutable import Immutable

T = TypeVar("T")


class JsonMark(Immutable):
    """Says that a value travels as JSON."""


class PickleMark(Immutable):
    """Says that a value travels pickled."""


Json: TypeAlias = Annotated[Any, JsonMark()]
"""Any JSON value: None, bool, int of any size, finite float, str, lists of these, dicts of these by str."""

Pickled: TypeAlias = Annotated[T, PickleMark()]
"""`Pickled[Model]`: a `Model` that travels pickled, because its author says so.

It is read by Python alone, with the same library versions, and only where task code runs: unpickling runs code.
"""
