"""The session of the task that runs: what reads and writes tables goes by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from pyspark.sql import SparkSession

from godwit_spark.errors import NoSession


class Current(NamedTuple):
    """The session of a task, and how its tables are handed over.

    Attributes:
        session: the session.
        through_driver: whether tables go through the memory of the driver.
    """

    session: Any
    through_driver: bool = False


_CURRENT: ContextVar[Current | None] = ContextVar("godwit_spark_current", default=None)


@contextmanager
def session(given: Any, *, through_driver: bool) -> Iterator[None]:
    """Have *given* be the session of what runs inside."""
    before = _CURRENT.get()
    _CURRENT.set(Current(given, through_driver))
    try:
        yield
    finally:
        _CURRENT.set(before)


def current() -> Current:
    """Return the session of the task that runs, else the one that is active in this thread.

    Raises:
        NoSession: there is none.
    """
    found = _CURRENT.get()
    if found is not None:
        return found
    active = SparkSession.getActiveSession()
    if active is None:
        raise NoSession(
            "A data frame of Spark was expected where there is no session of Spark.",
            hint="Write @gw.task(task_config=Spark()), or take a pandas.DataFrame, polars.DataFrame or gw.Table.",
        )
    return Current(active)
