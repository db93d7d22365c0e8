"""What can be asked of a function without the module `inspect`, whose import takes a tenth of a runner's start.

Functions that are not plain, because a decorator says something of them, are left to `inspect`.
"""

import sys
from collections.abc import Callable
from enum import Enum
from types import FunctionType
from typing import Any, Final, NamedTuple

ABSENT: Final[Any] = type("Missing", (), {"__repr__": lambda _: "ABSENT"})()
"""Stands for a default or an annotation that is not there."""

_TAKES_VALUES: Final = 0x04
_TAKES_NAMES: Final = 0x08
_YIELDS: Final = 0x20 | 0x200
_IS_COROUTINE: Final = 0x80


class ArgumentKind(Enum):
    """How an argument is given. The values are those of `inspect`."""

    POSITIONAL_ONLY = 0
    ANY = 1
    VALUES = 2
    NAMED = 3
    NAMES = 4


class Argument(NamedTuple):
    """An argument that a function takes. *default* and *annotation* are ABSENT where there is none."""

    name: str
    kind: ArgumentKind
    default: Any
    annotation: Any


def unwrap(function: Callable[..., Any]) -> Any:
    """Return the function inside of all decorators that name what they wrap."""
    seen = {id(function)}
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
        if id(function) in seen:
            return function
        seen.add(id(function))
    return function


def is_async(function: Callable[..., Any]) -> bool:
    """Return whether a call of *function* is to be awaited: it is an `async def`, or marked as one."""
    if isinstance(function, FunctionType) and function.__code__.co_flags & _IS_COROUTINE:
        return True
    # Who marks a function has imported this.
    inspect: Any = sys.modules.get("inspect")
    return inspect is not None and bool(inspect.iscoroutinefunction(function))


def yields(function: Callable[..., Any]) -> bool:
    """Return whether *function* is a generator, `async` or not."""
    return isinstance(function, FunctionType) and bool(function.__code__.co_flags & _YIELDS)


def arguments_of(function: Callable[..., Any]) -> list[Argument]:
    """Return what *function* takes, in the order of its definition."""
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__") or hasattr(function, "__signature__"):
        return _inspected(function)
    code, annotations = function.__code__, function.__annotations__
    names, positional, named = code.co_varnames, code.co_argcount, code.co_kwonlyargcount
    defaults = function.__defaults__ or ()
    values = dict(zip(names[positional - len(defaults) : positional], defaults, strict=True))
    values.update(function.__kwdefaults__ or {})
    kinds = [
        (name, ArgumentKind.POSITIONAL_ONLY if place < code.co_posonlyargcount else ArgumentKind.ANY)
        for place, name in enumerate(names[:positional])
    ]
    rest = positional + named
    if code.co_flags & _TAKES_VALUES:
        kinds.append((names[rest], ArgumentKind.VALUES))
        rest += 1
    kinds += [(name, ArgumentKind.NAMED) for name in names[positional : positional + named]]
    if code.co_flags & _TAKES_NAMES:
        kinds.append((names[rest], ArgumentKind.NAMES))
    return [Argument(name, kind, values.get(name, ABSENT), annotations.get(name, ABSENT)) for name, kind in kinds]


def _inspected(function: Callable[..., Any]) -> list[Argument]:
    import inspect  # noqa: PLC0415 - 4 ms, and needed for functions with decorators only

    def known(value: Any) -> Any:
        return ABSENT if value is inspect.Parameter.empty else value

    return [
        Argument(one.name, ArgumentKind(int(one.kind)), known(one.default), known(one.annotation))
        for one in inspect.signature(function).parameters.values()
    ]


def documentation_of(function: Callable[..., Any]) -> str:
    """Return the docstring of *function* without common indentation; empty when there is none."""
    text = function.__doc__
    if not isinstance(text, str):
        return ""
    first, *rest = text.expandtabs().split("\n")
    margin = min((len(line) - len(line.lstrip(" ")) for line in rest if line.strip()), default=0)
    return "\n".join([first.lstrip(), *(line[margin:] for line in rest)]).strip("\n")
