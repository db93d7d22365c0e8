"""Parts of values."""

from dataclasses import dataclass

import godwit as gw


@dataclass
class Model:
    weights: list[float]
    scores: dict[str, float]


@gw.task(outputs=["model", "pair"])
def train() -> tuple[Model, tuple[int, str]]:
    return Model([1.0], {"best": 1.0}), (1, "a")


@gw.task
def use(first: float, last: float, score: float, name: str) -> None:
    pass


@gw.workflow(outputs=["weights"])
def main() -> list[float]:
    model, pair = train()
    use(first=model.weights[0], last=model.weights[-1], score=model.scores["best"], name=pair[1])
    return model.weights
