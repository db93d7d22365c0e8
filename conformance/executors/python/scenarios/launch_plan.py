"""A launch plan."""

import godwit as gw


@gw.task
def train(count: int, rate: float, name: str) -> float:
    return count * rate


@gw.workflow
def training(count: int, rate: float, name: str = "x") -> float:
    return train(count=count, rate=rate, name=name)


nightly = gw.LaunchPlan(
    training,
    default_inputs={"count": 3},
    fixed_inputs={"rate": 1.0},
    description="Each night.",
    labels={"team": "ml", "cost": "low"},
)


@gw.workflow(outputs=["usual", "more"])
def main() -> tuple[float, float]:
    return nightly(), nightly(count=5, name="y")
