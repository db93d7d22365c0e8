"""Find the best of many settings, each tried on a Ray cluster, and then simulate with the best on a cluster of its own.

    pip install godwit 'godwit-ray[ray]'
    godwit run examples/backends/ray_tuning.py tuning --backend ray

Without `--backend ray` the tries run in processes of this machine; the simulation has its own cluster in any case.
Where RAY_ADDRESS says where a cluster is, both take that.
"""

import os
import random

import godwit as gw
from godwit_ray import RayJob, RayNode

ADDRESS = os.environ.get("RAY_ADDRESS", "")
CLUSTER = RayJob(address=ADDRESS) if ADDRESS else RayJob(head=RayNode(name="head", cpu=2))


@gw.task
def settings(count: int) -> list[float]:
    """Return what is tried."""
    return [round(0.1 + 2.9 * step / (count - 1), 3) for step in range(count)]


@gw.task
def loss(rate: float) -> float:
    """Return how far ten steps down a parabola end from its lowest point."""
    x = 1.0
    for _ in range(10):
        x -= rate * 0.5 * x
    return abs(x)


@gw.task
def best(rates: list[float], losses: list[float]) -> float:
    """Return the rate with the least loss."""
    rate = min(zip(losses, rates, strict=True))[1]
    print(f"the best of {len(rates)} is {rate}")
    return rate


@gw.task(task_config=CLUSTER)
def simulate(rate: float, walks: int) -> float:
    """Return the mean end of random walks, each a task of Ray."""
    import ray  # noqa: PLC0415 - where the task runs, there is one

    @ray.remote
    def walk(seed: int) -> float:
        numbers, x = random.Random(seed), 1.0  # noqa: S311 - a simulation
        for _ in range(10):
            x -= rate * (0.5 * x + numbers.gauss(0, 0.01))
        return x

    ends: list[float] = ray.get([walk.remote(seed) for seed in range(walks)])
    return sum(ends) / len(ends)


@gw.workflow
def tuning(count: int = 30, walks: int = 20) -> float:
    """Return where the walks with the best rate end."""
    rates = settings(count=count)
    return simulate(rate=best(rates=rates, losses=gw.map_task(loss)(rate=rates)), walks=walks)
