"""A launch plan for each item."""

import godwit as gw


@gw.task
def step(n: int, by: int) -> int:
    return n + by


@gw.workflow
def add(n: int, by: int) -> int:
    return step(n=n, by=by)


by_ten = gw.LaunchPlan(add, fixed_inputs={"by": 10})


@gw.workflow
def main(numbers: list[int]) -> list[int]:
    return gw.map_task(by_ten, concurrency=2)(n=numbers)
