"""Try several learning rates, keep the best, and publish it when somebody agrees.

Shows maps, branches, gates and launch plans. Run it: `godwit run examples/tuning/tuning.py quick`, or `tuning`, which
waits for `godwit signal EXECUTION boss --approve`, as it tells.
"""

from dataclasses import dataclass

import godwit as gw


@dataclass
class Trial:
    """What one learning rate came to."""

    rate: float
    loss: float


@gw.task(cache=gw.Cache(version="1"))
def fit(rate: float, rounds: int) -> Trial:
    """Descend on a parabola; a rate of 1 and more diverges."""
    if rate >= 1:
        raise gw.NonRecoverableError(f"a rate of {rate} diverges")
    position = 8.0
    for _ in range(rounds):
        position -= 2 * rate * position
    return Trial(rate, position * position)


@gw.task
def best_of(trials: list[Trial]) -> Trial:
    """Return the trial with the smallest loss."""
    return min(trials, key=lambda trial: trial.loss)


@gw.task
def publish(trial: Trial) -> str:
    """Publish a trial."""
    return f"published rate {trial.rate}"


@gw.task
def keep(trial: Trial) -> str:
    """Keep a trial for later."""
    return f"kept rate {trial.rate}"


@gw.workflow
def tuning(rates: list[float], rounds: int = 10, ask: bool = True) -> str:
    """Try all rates; one in two may fail."""
    trials = gw.map_task(fit, concurrency=4, min_success_ratio=0.5)(rate=rates, rounds=rounds)
    best = best_of(trials=gw.drop_none(trials))
    return gw.conditional(
        cases=[
            (best.loss > 1, lambda: gw.fail("no rate is good enough")),
            (ask, lambda: publish.after(gw.approve("Publish the best rate?", name="boss"))(trial=best)),
        ],
        otherwise=lambda: keep(trial=best),
    )


quick = gw.LaunchPlan(
    tuning,
    default_inputs={"rates": [0.1, 0.3, 0.4, 1.5]},
    fixed_inputs={"ask": False},
    description="Try a few rates, and ask nobody.",
)
