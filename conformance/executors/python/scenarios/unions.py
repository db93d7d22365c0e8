"""Unions of simple types."""

import godwit as gw


@gw.task
def take(value: int | str, extra: float | list[int] | None = None) -> int | str:
    return value


@gw.workflow
def main(value: int | str) -> int | str:
    take(value=1, extra=[1, 2])
    take(value="1")
    return take(value=value, extra=0.5)
