"""Check of a workflow's body."""

from collections.abc import Callable
from typing import Any


def check_body(function: Callable[..., Any]) -> None:
    """Stub."""
