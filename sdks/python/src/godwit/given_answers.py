"""Answers to gates of workflows that are called in Python, given beforehand."""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_NONE: Mapping[str, Any] = MappingProxyType({})
_current: ContextVar[Mapping[str, Any]] = ContextVar("godwit_answers", default=_NONE)


@contextlib.contextmanager
def answers(by_path: Mapping[str, Any] | None = None, /, **by_name: Any) -> Iterator[None]:
    """Answer the gates of workflows that are called in Python while the context is open.

    `with gw.answers(rate=0.5, boss=True): training()` gives the value 0.5 to the `gw.wait_for_input` named `rate`, and
    says yes to the `gw.approve` named `boss`; False says no. A gate without an answer asks on the terminal; where there
    is none, the call fails.

    Args:
        by_path: answers by path of the node, such as `n0/n2`, or by a name that is no identifier.
        **by_name: answers by name.
    """
    token = _current.set({**_current.get(), **(by_path or {}), **by_name})
    try:
        yield
    finally:
        _current.reset(token)


def current_answers() -> Mapping[str, Any]:
    """Return the answers that are given beforehand."""
    return _current.get()
