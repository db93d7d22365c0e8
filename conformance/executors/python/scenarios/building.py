"""Lists, maps and records that are put together from promises."""

from dataclasses import dataclass

import godwit as gw


@dataclass
class Pair:
    left: int
    right: list[int]


@gw.task
def give(n: int) -> int:
    return n


@gw.task
def take(numbers: list[int], by_name: dict[str, int], pair: Pair) -> None:
    pass


@gw.workflow
def main(n: int) -> list[int]:
    given = give(n=n)
    take(numbers=[given, 5, n], by_name={"b": given, "a": 2}, pair=Pair(n, [given]))
    return [given, n]
