"""A workflow in another."""

import godwit as gw


@gw.task
def step(n: int, by: int) -> int:
    return n + by


@gw.workflow
def inner(n: int, by: int = 1) -> int:
    return step(n=n, by=by)


@gw.workflow
def main(n: int) -> int:
    once = inner(n=n)
    return inner(n=once, by=5)
