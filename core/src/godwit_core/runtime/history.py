"""What `step` notes about an execution, as stored `Event` messages."""

from collections.abc import Iterable

from godwitidl.core.v1.event_pb2 import Event, LogSlice, Usage
from godwitidl.rules.framing import frame

from godwit_core.engine.scopes import parent_of
from godwit_core.engine.state import Node

Note = tuple[object, ...]

_LAST_TIME_US = 253_402_300_799_000_000
"""Last second that the messages can name: the end of the year 9999."""


def encode(notes: Iterable[Note], sequence: int) -> bytes:
    """Return the framed events of *notes*, numbered after *sequence*."""
    frames: list[bytes] = []
    for number, note in enumerate(notes, sequence + 1):
        event = _BUILDERS[str(note[0])](note)
        event.sequence = number
        time_us = note[1]
        assert isinstance(time_us, int)
        event.time.seconds, micros = divmod(time_us, 1_000_000)
        event.time.nanos = micros * 1000
        frames.append(frame(event.SerializeToString()))
    return b"".join(frames)


def _of_node(note: Note) -> Event:
    event = Event()
    node = note[2]
    assert isinstance(node, Node)
    way: list[Node] = []
    at: Node | None = node
    while at is not None:
        way.append(at)
        at = parent_of(at)
    for one in reversed(way):
        step = event.node.steps.add()
        if one.owner is None:
            step.node = one.plan.id
        else:
            step.item = one.item
    return event


def _attempt_started(note: Note) -> Event:
    event = _of_node(note)
    event.attempt_started.attempt, event.attempt_started.worker = note[3:]  # type: ignore[assignment]
    return event


def _attempt_finished(note: Note) -> Event:
    event = _of_node(note)
    number, error, usage, log, report = note[3:]
    finished = event.attempt_finished
    finished.report = report  # type: ignore[assignment]
    finished.attempt = number  # type: ignore[assignment]
    if error:
        finished.error.ParseFromString(error)  # type: ignore[arg-type]
    if usage:
        finished.usage.CopyFrom(Usage.FromString(usage))  # type: ignore[arg-type]
    if log:
        finished.log.CopyFrom(LogSlice.FromString(log))  # type: ignore[arg-type]
    return event


def _log_started(note: Note) -> Event:
    event = _of_node(note)
    event.log_started.attempt, log = note[3:]  # type: ignore[assignment]
    event.log_started.log.ParseFromString(log)  # type: ignore[arg-type]
    return event


def _attempt_linked(note: Note) -> Event:
    event = _of_node(note)
    linked = event.attempt_linked
    linked.attempt, linked.link.name, linked.link.url = note[3:]  # type: ignore[assignment]
    return event


def _cancel_requested(note: Note) -> Event:
    event = _of_node(note)
    event.cancel_requested.attempt, event.cancel_requested.reason = note[3:]  # type: ignore[assignment]
    return event


def _cancel_awaited(note: Note) -> Event:
    event = _of_node(note)
    awaited = event.cancel_awaited
    awaited.attempt, awaited.waiting_on, awaited.backend = note[3:]  # type: ignore[assignment]
    return event


def _retry_scheduled(note: Note) -> Event:
    event = _of_node(note)
    number, due_us, infrastructure, memory_bytes = note[3:]
    event.retry_scheduled.attempt = number  # type: ignore[assignment]
    event.retry_scheduled.due_time.FromMicroseconds(due_us)  # type: ignore[arg-type]
    event.retry_scheduled.infrastructure = infrastructure  # type: ignore[assignment]
    event.retry_scheduled.memory_bytes = memory_bytes  # type: ignore[assignment]
    return event


def _node_finished(note: Note) -> Event:
    event = _of_node(note)
    phase, cache, error = note[3:]
    event.node_finished.phase = phase  # type: ignore[assignment]
    event.node_finished.cache = cache  # type: ignore[assignment]
    if error:
        event.node_finished.error.ParseFromString(error)  # type: ignore[arg-type]
    return event


def _scope_opened(note: Note) -> Event:
    event = _of_node(note)
    event.scope_opened.workflow = note[3]  # type: ignore[assignment]
    return event


def _node_waiting(note: Note) -> Event:
    event = _of_node(note)
    prompt, due_us = note[3:]
    event.node_waiting.prompt = prompt  # type: ignore[assignment]
    if due_us:
        event.node_waiting.due_time.FromMicroseconds(min(due_us, _LAST_TIME_US))  # type: ignore[call-overload]
    return event


def _node_answered(note: Note) -> Event:
    event = _of_node(note)
    event.node_answered.answer, event.node_answered.reason = note[3:]  # type: ignore[assignment]
    return event


def _accepted(note: Note) -> Event:
    event = Event()
    event.execution_accepted.entity, event.execution_accepted.version = note[3:]  # type: ignore[assignment]
    return event


def _started(note: Note) -> Event:
    event = Event()
    event.execution_started.epoch = note[3]  # type: ignore[assignment]
    return event


def _abort_requested(note: Note) -> Event:
    event = Event()
    event.abort_requested.reason, event.abort_requested.at_once = note[3:]  # type: ignore[assignment]
    return event


def _execution_finished(note: Note) -> Event:
    event = Event()
    phase, error = note[3:]
    event.execution_finished.phase = phase  # type: ignore[assignment]
    if error:
        event.execution_finished.error.ParseFromString(error)  # type: ignore[arg-type]
    return event


_BUILDERS = {
    "execution_accepted": _accepted,
    "execution_started": _started,
    "abort_requested": _abort_requested,
    "execution_finished": _execution_finished,
    "attempt_started": _attempt_started,
    "attempt_finished": _attempt_finished,
    "attempt_linked": _attempt_linked,
    "log_started": _log_started,
    "cancel_requested": _cancel_requested,
    "cancel_awaited": _cancel_awaited,
    "retry_scheduled": _retry_scheduled,
    "node_finished": _node_finished,
    "scope_opened": _scope_opened,
    "node_waiting": _node_waiting,
    "node_answered": _node_answered,
}
