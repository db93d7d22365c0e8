"""A workflow in which everything runs that can."""

import godwit as gw


@gw.task
def step(n: int) -> int:
    return n


@gw.workflow(outputs=["first", "second"], failure_policy=gw.FailurePolicy.RUN_WHAT_CAN_RUN)
def main() -> tuple[int, int]:
    return step(n=1), step(n=2)
