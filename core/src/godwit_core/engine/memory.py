"""How much memory an attempt is given, and how an attempt that ran out of it comes back with more."""

from godwitidl.core.v1.errors_pb2 import RETRY_WITH_MORE_MEMORY, ExecutionError

from godwit_core.compiler.plan import TaskPlan


def memory_after(task: TaskPlan, growths: int) -> int:
    """Return the memory in bytes of an attempt of *task* after so many growths; 0 where nothing is declared."""
    memory = task.needs.memory_bytes
    for _ in range(growths):
        memory = int(min(memory * task.retries.memory_growth, task.retries.max_memory_bytes))
    return memory


def comes_back_larger(task: TaskPlan, growths: int, error: ExecutionError) -> bool:
    """Return whether an attempt that failed so is followed by one with more memory, at the cost of no retry."""
    if error.retry != RETRY_WITH_MORE_MEMORY or not task.retries.memory_growth:
        return False
    return memory_after(task, growths + 1) > memory_after(task, growths)
