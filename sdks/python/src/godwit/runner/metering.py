"""Whose work an event loop does: processor time and tasks of each attempt that shares it."""

import asyncio
import time
from collections.abc import Coroutine, Generator
from contextvars import ContextVar
from types import TracebackType
from typing import Any
from weakref import WeakSet


class Account:
    """What one attempt has used of a shared process.

    Attributes:
        began_ns: when it began, by `time.perf_counter_ns`.
        cpu_ns: processor time of its steps on the loop; what threads and child processes took is not in it.
        tasks: asyncio tasks that it has made and that are not collected yet.
    """

    __slots__ = ("began_ns", "cpu_ns", "tasks")

    def __init__(self) -> None:
        self.began_ns = time.perf_counter_ns()
        self.cpu_ns = 0
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()


_current: ContextVar[Account | None] = ContextVar("godwit_attempt_account", default=None)


def charge(account: Account) -> None:
    """Have what begins in this context from now on be charged to *account*."""
    _current.set(account)


class Metered(Coroutine[Any, Any, Any]):
    """A coroutine whose steps are charged to an account. Else it is as the one that it wraps."""

    __slots__ = ("_account", "_coroutine")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], account: Account) -> None:
        self._coroutine = coroutine
        self._account = account

    def send(self, value: Any) -> Any:
        """Do one step."""
        began = time.thread_time_ns()
        try:
            return self._coroutine.send(value)
        finally:
            self._account.cpu_ns += time.thread_time_ns() - began

    def throw(self, kind: Any, value: BaseException | object = None, traceback: TracebackType | None = None) -> Any:
        """Do one step, which begins with an exception."""
        began = time.thread_time_ns()
        try:
            if value is None and traceback is None:
                return self._coroutine.throw(kind)
            return self._coroutine.throw(kind, value, traceback)
        finally:
            self._account.cpu_ns += time.thread_time_ns() - began

    def close(self) -> None:
        """End it."""
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        """Return what `await` drives."""
        return self._coroutine.__await__()

    def __getattr__(self, name: str) -> Any:
        """Return what inspection asks for: `cr_frame`, `cr_running` and the like."""
        return getattr(self._coroutine, name)


def metering_factory(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **keywords: Any
) -> asyncio.Task[Any]:
    """Make the task of *coroutine* and charge it to whoever makes it; a task factory of event loops."""
    account = _current.get()
    if account is None or not isinstance(coroutine, Coroutine):
        return asyncio.Task(coroutine, loop=loop, **keywords)
    task = asyncio.Task(Metered(coroutine, account), loop=loop, **keywords)
    account.tasks.add(task)
    return task
