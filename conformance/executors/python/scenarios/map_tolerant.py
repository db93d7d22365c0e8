"""Maps whose items may fail."""

import godwit as gw


@gw.task
def check(n: int) -> int:
    return n


@gw.task
def total(numbers: list[int]) -> int:
    return sum(numbers)


@gw.workflow(outputs=["result", "all"])
def main(numbers: list[int]) -> tuple[int, list[int | None]]:
    first = gw.map_task(check, concurrency=4, min_success_ratio=0.5)(n=numbers)
    second = gw.map_task(check, min_successes=2)(n=numbers)
    return total(numbers=gw.drop_none(first)), second
