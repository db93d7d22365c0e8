"""Whether what a task says of attempts that run out of memory makes sense."""

from math import isfinite
from typing import Final

from godwitidl.core.v1.task_pb2 import Resources, RetryPolicy

from godwit_core.compiler.problems import Code, Problems

LEAST_GROWTH: Final = 1.1
"""A smaller factor would try an attempt again, without a budget, a great many times."""


def check_growth(policy: RetryPolicy, resources: Resources, problems: Problems) -> None:
    """Record a problem unless memory grows by a factor that leads to its maximum, from what is declared."""
    growth, maximum, declared = policy.memory_growth, policy.max_memory_bytes, resources.memory_bytes
    if not growth and not maximum:
        return
    if not isfinite(growth) or growth < LEAST_GROWTH:
        problems.add(
            Code.INVALID_SETTING,
            f"retries.memory_growth: expected {LEAST_GROWTH} or more, came {growth:g}.",
        )
    elif declared <= 0:
        problems.add(
            Code.INVALID_SETTING,
            "retries.memory_growth: expected that the task declares memory, from which it grows; it declares none.",
            "Declare some: resources.memory_bytes.",
        )
    elif maximum < declared:
        problems.add(
            Code.INVALID_SETTING,
            f"retries.max_memory_bytes: expected at least what the task declares, {declared}; came {maximum}.",
        )
