"""Validate a model on several folds of the data at once: a workflow of two tasks for each fold.

Shows a map over a workflow, inputs that are made of the item, and items that fail. Run it:
`godwit run examples/folds/folds.py quick`.
"""

from dataclasses import dataclass

import godwit as gw


@dataclass
class Fold:
    """Points to learn from, points to be measured by, and how much the fold counts, if not as much as all."""

    train: list[float]
    test: list[float]
    weight: float | None = None


@gw.task
def split(points: list[float], folds: int) -> list[Fold]:
    """Put every point into the test data of one fold, and into the training data of the others."""
    size = -(-len(points) // folds)
    return [
        Fold(points[: size * fold] + points[size * (fold + 1) :], points[size * fold : size * (fold + 1)])
        for fold in range(folds)
    ]


@gw.task
def fit(points: list[float]) -> float:
    """Learn the middle of the points."""
    return sorted(points)[len(points) // 2]


@gw.task
def loss(middle: float, points: list[float], weight: float) -> float:
    """Return the mean squared distance from the middle, weighted."""
    if not points:
        raise gw.NonRecoverableError("a fold without test data")
    return weight * sum((point - middle) ** 2 for point in points) / len(points)


@gw.workflow
def fold_loss(fold: Fold, weight: float) -> float:
    """Learn and measure on one fold."""
    return loss(middle=fit(points=fold.train), points=fold.test, weight=weight)


@gw.task
def told(losses: list[float | None]) -> str:
    """Say what came out."""
    known = [one for one in losses if one is not None]
    return f"{len(known)} of {len(losses)} folds, mean loss {sum(known) / len(known):.3f}"


@gw.workflow
def validation(points: list[float], folds: int = 3, weight: float = 1.0) -> tuple[list[float | None], str]:
    """Validate on all folds; half of them must succeed."""
    losses = gw.map_task(fold_loss, concurrency=2, min_success_ratio=0.5)(
        fold=split(points=points, folds=folds),
        weight=gw.from_item(lambda item: gw.coalesce(item.fold.weight, weight)),
    )
    return losses, told(losses=losses)


quick = gw.LaunchPlan(validation, default_inputs={"points": [1.0, 1.5, 1.0, 1.5, 1.0, 1.5]})
