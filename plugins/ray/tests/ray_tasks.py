"""Tasks for the suites: ordinary ones, and the same with a cluster that they join."""

import os
import signal
import time

import godwit as gw
from godwit_ray import RayJob

JOIN = RayJob(address=os.environ.get("RAY_ADDRESS", "127.0.0.1:6379"))


@gw.task
def succeed() -> int:
    print("done")  # noqa: T201 - a log
    return 7


@gw.task
def fail() -> int:
    raise ValueError("as it was told")


@gw.task
def sleep() -> int:
    time.sleep(120)
    return 0


@gw.task
def crash() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@gw.task(task_config=JOIN)
def job_succeed() -> int:
    import ray  # noqa: PLC0415 - where there is one

    return ray.get(ray.remote(lambda: 7).remote())


@gw.task(task_config=JOIN)
def job_fail() -> int:
    raise ValueError("as it was told")


@gw.task(task_config=JOIN)
def job_sleep() -> int:
    time.sleep(120)
    return 0


@gw.task(task_config=JOIN)
def job_crash() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0
