"""Two nodes side by side between two others."""

import godwit as gw


@gw.task
def load() -> list[float]:
    return [1.0]


@gw.task
def left(rows: list[float]) -> float:
    return rows[0]


@gw.task
def right(rows: list[float]) -> float:
    return rows[-1]


@gw.task
def join(left: float, right: float) -> float:
    return left + right


@gw.workflow
def main() -> float:
    rows = load()
    second = right(rows=rows)
    first = left(rows=rows)
    return join(left=first, right=second)
