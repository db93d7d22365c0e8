"""One of two calls."""

import godwit as gw


@gw.task
def measure(rows: int) -> float:
    return rows / 10


@gw.task
def fit(score: float, rounds: int) -> str:
    return f"{rounds} rounds on {score}"


@gw.workflow
def main(rows: int) -> str:
    score = measure(rows=rows)
    return gw.conditional(
        score > 0.5, then=lambda: fit(score=score, rounds=10), otherwise=lambda: fit(score=score, rounds=100)
    )
