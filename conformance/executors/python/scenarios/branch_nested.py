"""A branch in a branch."""

import godwit as gw


@gw.task
def step(n: int) -> int:
    return n + 1


@gw.workflow
def main(n: int, deep: bool) -> int:
    first = step(n=n)

    def deeper() -> int:
        second = step(n=first)
        return gw.conditional(second >= first, then=lambda: step(n=second), otherwise=lambda: first)

    return gw.conditional(deep, then=deeper, otherwise=lambda: 0)
