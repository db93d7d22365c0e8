"""A task for each item."""

import godwit as gw


@gw.task
def score(row: float, name: str, weight: float, offset: float = 0.0) -> float:
    return row * weight + offset


@gw.workflow
def main(rows: list[float], weight: float) -> list[float]:
    return gw.map_task(score)(row=rows, name=["a", "b"], weight=weight)
