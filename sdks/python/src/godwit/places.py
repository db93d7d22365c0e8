"""Where a declaration stands in its module."""

import sys
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, NamedTuple

from godwit.functions import unwrap


class Place(NamedTuple):
    """Where a declaration stands.

    Attributes:
        namespace: the global names of its module.
        qualname: name of the declared function; empty where there is none: the variable that holds it has its name.
        line: line from 1.
        imported: whether runners find it by its name in its module; else the name is only what it is called.
    """

    namespace: dict[str, Any]
    qualname: str
    line: int
    imported: bool = True

    @property
    def module(self) -> str:
        """Name of the module."""
        return str(self.namespace.get("__name__", ""))

    def __str__(self) -> str:
        return f"{PurePath(self.namespace.get('__file__') or '<prompt>').name}:{self.line}"


def place_of_function(function: Callable[..., Any]) -> Place:
    """Return where *function* is defined, whatever decorators are around it."""
    inner: Any = unwrap(function)
    return Place(getattr(inner, "__globals__", {}), function.__qualname__, inner.__code__.co_firstlineno)


def place_of_caller(further: int = 0) -> Place:
    """Return where the function is called that calls this one: a constructor asks where it is used.

    *further*: how many calls lie between that function and whom it asks about.
    """
    frame = sys._getframe(2 + further)  # noqa: SLF001 - what the standard library's namedtuple asks, too: there is no other door
    return Place(frame.f_globals, "", frame.f_lineno)


def variable_of(entity: object, namespace: dict[str, Any]) -> str:
    """Return the name of the variable of *namespace* that holds *entity*; empty when there is none."""
    return next((name for name, value in namespace.items() if value is entity), "")
