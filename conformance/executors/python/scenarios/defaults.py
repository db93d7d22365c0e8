"""Defaults of every sort."""

from dataclasses import dataclass
from datetime import timedelta

import godwit as gw


@dataclass(frozen=True)
class Point:
    x: int
    y: int


@gw.task
def take(
    count: int = 3,
    ratio: float = 0.25,
    name: str = "",
    tags: list[str] = ["a"],  # noqa: B006 - a default is never changed: it becomes a constant of the spec
    at: Point = Point(1, 2),
    note: str | None = None,
    flag: bool = True,
    span: timedelta = timedelta(seconds=1),
) -> str:
    return name


@gw.workflow
def main(name: str = "x", at: Point = Point(3, 4)) -> str:
    result = take(name=name, at=at)
    take()
    return result
