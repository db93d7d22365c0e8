"""What is read of functions is what `inspect` reads."""

import functools
import inspect

import pytest
from godwit.functions import ABSENT, arguments_of, documentation_of, is_async, unwrap, yields


def plain(a: int, b="x", /, c: "list[int] | None" = None, *d, e, f: float = 2.0, **g) -> None:
    """First.

        Indented.

    Last.
    """
    local = a, b, c, d, e, f, g
    del local


def nothing(): ...


async def awaited(x: int) -> int:
    return x


async def stream(x: int):
    """ One line. """  # fmt: skip
    yield x


def generator():
    yield 1


def only_names(**names: int): ...


def only_values(*values: int, key=None): ...


@functools.wraps(plain)
def wrapped(*args, **kwargs): ...


def signed(*args): ...


signed.__signature__ = inspect.signature(awaited)

FUNCTIONS = [
    plain, nothing, awaited, stream, generator, only_names, only_values, wrapped, signed, functools.partial(plain, 1),
    lambda x, y=1: (x, y),
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: getattr(one, "__name__", type(one).__name__))
def test_arguments(function):
    read = [
        (one.name, one.kind.value, *(inspect.Parameter.empty if part is ABSENT else part for part in one[2:]))
        for one in arguments_of(function)
    ]
    parameters = inspect.signature(function).parameters.values()
    assert read == [(one.name, int(one.kind), one.default, one.annotation) for one in parameters]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: getattr(one, "__name__", type(one).__name__))
def test_kinds_and_documentation(function):
    assert is_async(function) == inspect.iscoroutinefunction(function)
    assert unwrap(function) is inspect.unwrap(function)
    if inspect.isfunction(function):
        assert yields(function) == (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function))
        assert documentation_of(function).split() == (inspect.getdoc(function) or "").split()
    assert documentation_of(plain) == inspect.getdoc(plain)


def test_what_wraps_itself_is_found_all_the_same():
    def one(): ...

    one.__wrapped__ = one
    assert unwrap(one) is one
