"""What backends push, as events of the engine."""

import os
from collections.abc import Iterator

from godwit_plugin_api.backend import BackendEvent, Cancelling, Finished, LogStarted, Lost, Started
from godwitidl.core.v1.errors_pb2 import BLAME_SYSTEM

from godwit_core.engine import events as engine_events
from godwit_core.engine.events import CancelAwaited, Ended, Event, Outcome
from godwit_core.engine.failures import engine_left, make_error
from godwit_core.engine.state import Node
from godwit_core.runtime.dispatch import Dispatcher, Held


def events_of(
    event: BackendEvent, dispatcher: Dispatcher, now_us: int, *, leaving: bool
) -> Iterator[tuple[Held, Event]]:
    """Yield what *event* means, and to which execution; nothing of what comes too late, or is of no interest.

    *leaving*: the engine ends its attempts because it goes, so that an attempt that did not succeed is only lost.
    """
    found = dispatcher.in_flight.get(event.id)
    if found is None:
        return
    held, node, number = found
    if isinstance(event, Finished | Lost):
        dispatcher.finish(event.id)
        if leaving and (isinstance(event, Lost) or event.error):
            event = Lost(event.id, engine_left(), event.log, event.usage)
        yield held, attempt_end(event, node, number, now_us, draw())
        return
    if isinstance(event, LogStarted):
        yield held, engine_events.LogStarted(now_us, node.number, number, event.log, node.item)
        return
    if isinstance(event, Cancelling):
        own = node.plan.task.backend if node.plan.task is not None else ""
        backend = own or held.execution.options.backend or "local"
        yield held, CancelAwaited(now_us, node.number, number, event.waiting_on, backend, node.item)
        return
    if isinstance(event, Started):
        yield held, engine_events.Started(now_us, node.number, event.worker, node.item)
    if event.links:
        for link in dispatcher.new_links(event.id, event.links):
            yield held, engine_events.Linked(now_us, node.number, number, link.name, link.url, node.item)


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
        how, outputs = Outcome.FAILED, None
    else:
        how, outputs = Outcome.SUCCEEDED, {one.name: (one.value, one.digest) for one in event.outputs}
    return Ended(
        now_us, node.number, number, how, outputs, error, event.usage, event.log, draw, node.item, event.report
    )


def wrong_outputs(node: Node, given: tuple[str, ...]) -> bytes:
    """Return the error of an attempt whose outputs are not those of its task."""
    expected = ", ".join(node.plan.outputs) or "none"
    message = f"The attempt gave the outputs {', '.join(given) or 'none'}; its task has {expected}."
    return make_error("WRONG_OUTPUTS", message, blame=BLAME_SYSTEM)


def draw() -> float:
    """Return a number from 0 to below 1, at random."""
    return int.from_bytes(os.urandom(6)) / (1 << 48)
