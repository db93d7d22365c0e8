"""Tasks that the engine does by itself, without a runner: for timers, tests, and measurements.

`native.sleep(duration=…)`, `native.noop()` and `native.echo(int)(value=…)` are called like any task. Called outside of
a workflow they do in Python what they say.
"""

import functools
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from godwit.annotation import name_of
from godwit.places import Place
from godwit.settings import Retry
from godwit.signature import OutputField, Parameter, Shape, Signature
from godwit.task_settings import TaskSettings
from godwit.tasks import Task

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_BACKEND = "engine"


class NativeTask(Task[P, R]):
    """A task that the engine does by itself. Made by this module alone.

    Attributes:
        native_kind: what it does: `SLEEP`, `NOOP` or `ECHO`.
    """

    def __init__(self, function: Callable[P, R], native_kind: str, name: str) -> None:
        super().__init__(function, TaskSettings(retries=Retry(0), backend=_BACKEND), name=f"{__name__}.{name}")
        self.native_kind = native_kind

    @property
    def place(self) -> Place:
        """Where the function is defined, without its name: no runner imports it."""
        return super().place._replace(qualname="")


def _sleep(duration: timedelta) -> None:
    """Wait for some time."""
    time.sleep(max(duration.total_seconds(), 0.0))


def _noop() -> None:
    """Do nothing."""


def _echo(value: Any) -> Any:
    """Give the input back."""
    return value


sleep = NativeTask(_sleep, "SLEEP", "sleep")
"""Waits as long as its input `duration` says, and holds no runner."""

noop = NativeTask(_noop, "NOOP", "noop")
"""Does nothing."""


def echo(of: type[T]) -> Task[..., T]:
    """Return the task that gives its input `value`, of type *of*, back: `native.echo(int)(value=3)`."""
    key: Any = of
    made: Task[..., T] = _echo_of(key)
    return made


@functools.cache
def _echo_of(of: Any) -> NativeTask[..., Any]:
    task: NativeTask[..., Any] = NativeTask(_echo, "ECHO", f"echo.{name_of(of).replace(' ', '')}")
    task.signature = Signature((Parameter("value", of),), (OutputField("result", of),), Shape.SINGLE)
    return task
