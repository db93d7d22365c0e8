"""Retries of tasks."""

import godwit as gw


@gw.task(retries=3)
def plain() -> None:
    pass


@gw.task(
    name="retries.all",
    retries=gw.Retry(
        5,
        on=("TIMEOUT_ATTEMPT", ValueError),
        infrastructure=1,
        backoff=gw.Backoff(0.5, factor=3, cap=60, jitter=0.25),
    ),
)
def everything() -> None:
    pass


@gw.task(retries=gw.Retry(1, backoff=gw.Backoff(2)))
def usual_wait() -> None:
    pass


@gw.workflow
def main() -> None:
    plain()
    everything.with_overrides(name="all")()
    usual_wait()
