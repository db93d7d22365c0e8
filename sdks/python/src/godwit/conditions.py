"""Conditions and choices on promises that Python has no operator for."""

import types
from collections.abc import Collection, Iterable
from typing import TypeVar, cast

from godwit.annotation import UNKNOWN, members, strip
from godwit.errors import PromiseError
from godwit.expression import Coalesce, Constant, DropNone, Expression, IsNone, ListExpression, Membership
from godwit.promise import Promise, operand_of, promise_parts

T = TypeVar("T")


def is_none(value: object) -> bool:
    """Return whether *value* is None: a promise of the answer when *value* is a promise."""
    if not isinstance(value, Promise):
        return value is None
    expression, _, scope = promise_parts(value)
    return cast("bool", Promise(IsNone(expression), bool, scope))


def is_in(value: T, container: Collection[T]) -> bool:
    """Return whether *value* is an item of a list or set, or a key of a dict; a promise if either is one."""
    scopes = [promise_parts(side)[2] for side in (value, container) if isinstance(side, Promise)]
    if not scopes:
        return value in container
    promised: object = container
    if isinstance(promised, Promise):
        right: Expression = promise_parts(promised)[0]
    elif isinstance(container, str | bytes):
        raise PromiseError("gw.is_in looks for an item, not for a part of a text.", hint="Do it in a task.")
    else:
        # The order of a set differs from one interpreter to the next; the spec must not.
        items = sorted(container, key=repr) if isinstance(container, set | frozenset) else container
        right = ListExpression(tuple(operand_of(item, value) for item in items))
    left = promise_parts(value)[0] if isinstance(value, Promise) else Constant(value, type(value))
    return cast("bool", Promise(Membership(left, right), bool, scopes[0]))


def coalesce(value: T | None, default: T) -> T:
    """Return *value*, or *default* if it is None; a promise if either is one."""
    scopes = [promise_parts(side)[2] for side in (value, default) if isinstance(side, Promise)]
    if not scopes:
        return default if value is None else value
    annotations = [promise_parts(side)[1] for side in (default, value) if isinstance(side, Promise)]
    annotation = strip(annotations[0])
    sides = [
        promise_parts(side)[0] if isinstance(side, Promise) else Constant(side, annotation) for side in (value, default)
    ]
    return cast("T", Promise(Coalesce(tuple(sides)), annotation, scopes[0]))


def drop_none(values: Iterable[T | None]) -> list[T]:
    """Return a list without those items that are None; a promise when *values* is a promise of a list."""
    promised: object = values
    if not isinstance(promised, Promise):
        return [value for value in values if value is not None]
    expression, annotation, scope = promise_parts(promised)
    arguments = getattr(strip(annotation), "__args__", ())
    item = strip(arguments[0]) if arguments and len(members(arguments[0])) <= 2 else UNKNOWN
    whole = list if item is UNKNOWN else types.GenericAlias(list, (item,))
    return cast("list[T]", Promise(DropNone(expression), whole, scope))
