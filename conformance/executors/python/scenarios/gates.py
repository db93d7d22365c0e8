"""Nodes that wait."""

from datetime import timedelta

import godwit as gw


@gw.task
def publish(rate: float) -> None:
    pass


@gw.workflow
def main(pause: timedelta) -> None:
    rate = gw.wait_for_input(float, name="rate", prompt="Which rate?", timeout=timedelta(days=2))
    agreed = gw.approve("Publish it?", name="boss", after=rate)
    first = gw.sleep(timedelta(seconds=30), after=agreed)
    second = gw.sleep(pause)
    publish.after(first, second)(rate=rate)
