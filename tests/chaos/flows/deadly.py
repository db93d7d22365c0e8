"""A task that takes its engine down as often as it is told, and another that has ended before."""

import os
import signal
import time

import godwit as gw


@gw.task
def peaceful(ledger: str) -> int:
    with open(ledger, "a") as file:
        file.write("peaceful\n")
    return 1


@gw.task
def deadly(ledger: str, deaths: int, x: int) -> int:
    with open(ledger, "a") as file:
        file.write("deadly\n")
    with open(ledger) as file:
        if file.read().count("deadly\n") <= deaths:
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
    return x + 1


@gw.workflow
def risky(ledger: str, deaths: int) -> int:
    return deadly(ledger=ledger, deaths=deaths, x=peaceful(ledger=ledger))
