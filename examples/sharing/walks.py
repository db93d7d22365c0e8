"""Many executions in one home, shared by engines.

`python examples/sharing/walks.py HOME` leaves ten executions in the folder HOME, and serves them until all have ended.
Start `godwit --home HOME engine run` in other terminals before, and they share the work.
"""

import random
import sys

import godwit as gw


@gw.task
def walk(seed: int, steps: int) -> int:
    """Walk at random from 0, and tell the farthest place."""
    chance = random.Random(seed)  # noqa: S311 - nothing here is a secret
    place = farthest = 0
    for _ in range(steps):
        place += chance.choice((-1, 1))
        farthest = max(farthest, abs(place))
    return farthest


@gw.workflow
def longest(seed: int, steps: int = 10_000) -> int:
    """Walk once."""
    return walk(seed=seed, steps=steps)


def main(folder: str) -> None:
    """Leave ten walks in the home *folder*, have them walked, and print how far each came."""
    home = gw.Home(folder)
    names = [home.submit(longest, {"seed": seed}, priority=seed % 2) for seed in range(10)]
    home.serve(until_idle=True)
    for seed, name in enumerate(names):
        print(f"walk {seed} came as far as {home.result(longest, name)}")


if __name__ == "__main__":
    main(sys.argv[1])
