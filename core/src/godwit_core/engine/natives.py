"""Native tasks: what the engine does by itself."""

from godwit_core.compiler.plan import NativeKind, TaskPlan
from godwit_core.engine import gates
from godwit_core.engine.events import TimerKind
from godwit_core.engine.phases import CacheStatus, Trigger
from godwit_core.engine.state import Node, Values
from godwit_core.engine.work import Work


def perform(work: Work, node: Node, task: TaskPlan, values: Values) -> None:
    """Do the work of a pending node, whose inputs are *values*."""
    node.cache, node.inputs = CacheStatus.DISABLED, b""
    if task.native is NativeKind.SLEEP:
        if task.timeout_overall_s is not None:
            work.wake(node, task.timeout_overall_s, TimerKind.DEADLINE)
        (duration,) = values.values()
        gates.sleep(work, node, duration)
    elif task.native is NativeKind.ECHO:
        work.succeed(node, dict(zip(node.plan.outputs, values.values(), strict=True)), Trigger.DONE_AT_ONCE)
    else:
        work.succeed(node, {}, Trigger.DONE_AT_ONCE)
