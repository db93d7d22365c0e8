"""Lists, tuples and sets."""

from datetime import date

import godwit as gw


@gw.task
def take(numbers: list[int], names: list[list[str]], pair: tuple[int, str], days: set[date]) -> list[float]:
    return [float(number) for number in numbers]


@gw.workflow
def main(names: list[list[str]]) -> list[float]:
    return take(numbers=[3, 1, 2], names=names, pair=(1, "a"), days={date(2024, 1, 1), date(2024, 2, 29)})
