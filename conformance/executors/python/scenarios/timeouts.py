"""The three limits of time."""

from datetime import timedelta

import godwit as gw


@gw.task(timeout=90)
def attempt_only() -> None:
    pass


@gw.task(name="timeouts.all", timeout=gw.Timeouts(attempt=1.5, queue=timedelta(minutes=10), overall=timedelta(days=2)))
def everything() -> None:
    pass


@gw.workflow
def main() -> None:
    attempt_only()
    everything.with_overrides(name="all")()
