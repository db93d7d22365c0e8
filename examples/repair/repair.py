"""A map of which one item fails, repaired without doing the others again.

Run it, and it fails at the one bad reading. Then say how bad readings are to be read, and recover it:

    godwit run examples/repair/repair.py mean_of --execution-name readings
    godwit executions recover readings examples/repair/repair.py -i bad=0
"""

import godwit as gw

READINGS = ["3.5", "4.25", "n/a", "5.0"]


@gw.task
def readings() -> list[str]:
    """Return what a sensor wrote."""
    return READINGS


@gw.task
def parse(text: str) -> float:
    """Read one reading."""
    return float(text)


@gw.task
def replace(texts: list[str], bad: float | None) -> list[str]:
    """Put *bad* in the place of what is no number."""
    return [str(bad) if text == "n/a" and bad is not None else text for text in texts]


@gw.task
def mean(values: list[float]) -> float:
    """Return the mean."""
    return sum(values) / len(values)


@gw.workflow(failure_policy=gw.FailurePolicy.RUN_WHAT_CAN_RUN)
def mean_of(bad: float | None = None) -> float:
    """Return the mean of all readings."""
    return mean(values=gw.map_task(parse)(text=replace(texts=readings(), bad=bad)))
