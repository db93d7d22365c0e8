"""A workflow for each item."""

import godwit as gw


@gw.task
def step(n: int) -> int:
    return n + 1


@gw.workflow(outputs=["once", "again"])
def twice(n: int, by: int = 2) -> tuple[int, int]:
    once = step(n=n)
    return once, step(n=once)


@gw.workflow
def main(numbers: list[int]) -> list[int]:
    _, again = gw.map_task(twice)(n=numbers, by=3)
    return again
