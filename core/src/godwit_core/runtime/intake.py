"""What backends push, as events of the engine."""

import os

from godwit_plugin_api.backend import Finished, Lost
from godwitidl.core.v1.errors_pb2 import BLAME_SYSTEM

from godwit_core.engine.events import Ended, Outcome
from godwit_core.engine.failures import make_error
from godwit_core.engine.state import Node


def attempt_end(event: Finished | Lost, node: Node, number: int, now_us: int, draw: float) -> Ended:
    """Return the end of attempt *number* of *node*. Outputs that are not its task's make it a failure."""
    if isinstance(event, Lost):
        return Ended(
            now_us, node.number, number, Outcome.LOST, None, event.error, event.usage, event.log, item=node.item
        )
    error = event.error
    names = tuple(one.name for one in event.outputs)
    if not error and names != node.plan.outputs:
        error = wrong_outputs(node, names)
    if error:
        return Ended(now_us, node.number, number, Outcome.FAILED, None, error, event.usage, event.log, draw, node.item)
    outputs = {one.name: (one.value, one.digest) for one in event.outputs}
    return Ended(now_us, node.number, number, Outcome.SUCCEEDED, outputs, b"", event.usage, event.log, item=node.item)


def wrong_outputs(node: Node, given: tuple[str, ...]) -> bytes:
    """Return the error of an attempt whose outputs are not those of its task."""
    expected = ", ".join(node.plan.outputs) or "none"
    message = f"The attempt gave the outputs {', '.join(given) or 'none'}; its task has {expected}."
    return make_error("WRONG_OUTPUTS", message, blame=BLAME_SYSTEM)


def draw() -> float:
    """Return a number from 0 to below 1, at random."""
    return int.from_bytes(os.urandom(6)) / (1 << 48)
