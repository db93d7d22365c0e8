"""The markers of hooks.

They set the very attributes that pluggy's own markers set, without importing pluggy (27 ms), so that a manifest is read
without it; pluggy is imported when the first event listener is opened. A test holds the two against each other.
"""

from collections.abc import Callable
from typing import Any, TypeVar

PROJECT = "godwit"
"""Prefix of the marks, and pluggy's project name."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


def hookspec(function: _Function) -> _Function:
    """Mark *function* as the specification of a hook."""
    options = {"firstresult": False, "historic": False, "warn_on_impl": None, "warn_on_impl_args": None}
    setattr(function, f"{PROJECT}_spec", options)
    return function


def hookimpl(function: _Function) -> _Function:
    """Mark *function* as the implementation of the hook of its name; see `hookspecs` for the hooks there are."""
    options = {
        "wrapper": False,
        "hookwrapper": False,
        "optionalhook": False,
        "trylast": False,
        "tryfirst": False,
        "specname": None,
    }
    setattr(function, f"{PROJECT}_impl", options)
    return function


def marked(owner: object) -> list[str]:
    """Return the names of the hook implementations on *owner*, sorted."""
    mark = f"{PROJECT}_impl"
    return sorted(name for name, value in vars(owner).items() if callable(value) and hasattr(value, mark))
