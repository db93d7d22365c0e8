"""One backend as a server offers it to the engines of one home: what it told, to be told again to who missed it.

Verbs are called on the thread of the server's loop, `watch` and `read_log` on any.
"""

import hashlib
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from godwit_plugin_api.backend import (
    AttemptRequest,
    Backend,
    BackendEvent,
    BackendSettings,
    Finished,
    Handle,
    LogStarted,
    Lost,
    Progress,
    Refusal,
    Started,
    TaskReference,
)
from godwit_plugin_api.remote.messages import event_message
from godwit_plugin_api.remote.service import HEARTBEAT_S, MESSAGE_BYTES
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.plugin.v1 import backend_pb2 as messages

from godwit_core.backends.live_logs import read_on, size_of
from godwit_core.runtime.loop import Loop

_KEPT_BYTES = 32 << 20
"""Bytes of events that are kept for who lost the connection; who missed more attaches anew."""
_KEPT_ENDS = 10_000
"""Attempts that have ended of which the end is kept. The backend itself may know of others."""


@dataclass(slots=True, eq=False)
class _Told:
    """What was told of one attempt.

    Attributes:
        handle: the backend's own.
        state: events that tell it all to who has heard nothing: how it began, its links, its log, its end.
        log: where it writes, or wrote.
        size: bytes of these events, once it has ended.
        ended: whether it has ended.
    """

    handle: bytes = b""
    state: dict[str, messages.Event] = field(default_factory=dict)
    log: LogSlice | None = None
    size: int = 0
    ended: bool = False


class _Entry(NamedTuple):
    """An event that was told, with its place in the order of all, from 1."""

    position: int
    event: messages.Event
    size: int


class _HostOfOne:
    """What the backend of one home sees of the loop: as `Host`, but what it pushes is of that home."""

    def __init__(self, loop: Loop, settings: BackendSettings, push: Callable[[Sequence[BackendEvent]], None]) -> None:
        self._settings = settings
        self._push = push
        self.watch = loop.watch
        self.unwatch = loop.unwatch
        self.call_later = loop.call_later
        self.wake = loop.wake

    @property
    def settings(self) -> BackendSettings:
        """The settings."""
        return self._settings

    def push(self, events: Sequence[BackendEvent]) -> None:
        """Take events; from any thread."""
        self._push(events)


class ServedBackend:
    """A backend, and what it told."""

    def __init__(self, backend: Backend, loop: Loop, settings: BackendSettings, instance: str) -> None:
        """Open *backend*, which is new, on *loop*. *instance*: this life of its server."""
        self._instance = instance
        self._backend = backend
        self._logs = Path(settings.log_folder).parent
        self._changed = threading.Condition()
        self._tasks: dict[bytes, int] = {}
        self._told: dict[str, _Told] = {}
        self._ended: OrderedDict[str, int] = OrderedDict()
        self._ended_bytes = 0
        self._events: deque[_Entry] = deque()
        self._events_bytes = 0
        self._position = 0
        self._is_closed = False
        self._places = 0
        backend.open(_HostOfOne(loop, settings, self._push))
        self._capacity = self._look_at_capacity()

    # ----- Verbs, on the loop's thread -----

    @property
    def capacity(self) -> messages.Capacity:
        """What it takes."""
        return self._capacity

    @property
    def under_way(self) -> int:
        """How many attempts have not ended."""
        return len(self._told) - len(self._ended)

    def update_capacity(self) -> None:
        """See whether the backend takes more or less than before, and tell."""
        capacity = self._look_at_capacity()
        with self._changed:
            if capacity != self._capacity:
                self._capacity = capacity
                self._changed.notify_all()

    def task_key(self, task: messages.Task) -> int:
        """Return the number of a task, by which backends remember what they know of it: equal ones mean equal specs."""
        identity = task.SerializeToString(deterministic=True)
        return self._tasks.setdefault(hashlib.sha256(identity).digest(), len(self._tasks) + 1)

    def check(self, task: TaskReference) -> list[str]:
        """Return what is wrong with a task."""
        return list(self._backend.check(task))

    def submit(self, requests: Sequence[AttemptRequest]) -> list[Handle | Refusal]:
        """Take attempts; what is known of those that were taken before is told again."""
        for request in requests:
            told = self._told.get(request.id)
            if told is not None and "lost" in told.state and "started" not in told.state:
                self._forget(request.id)  # it never began: it may come again
        new = [request for request in requests if not self._tell_again(request.id)]
        for request in new:
            self._told[request.id] = _Told()
        capacity = self._backend.capacity()
        try:
            answers = {answer.id: answer for answer in self._backend.submit(new)} if new else {}
        except Exception:
            for request in new:
                self._forget(request.id)
            raise
        for answer in answers.values():
            told = self._told.get(answer.id)
            if isinstance(answer, Refusal):
                self._forget(answer.id)
            elif told is not None:
                told.handle = answer.data
        if capacity.prefetch:
            self._tell_starts([answer.id for answer in answers.values()][: capacity.immediate])
        return [answers.get(one.id) or Handle(one.id, self._told[one.id].handle) for one in requests]

    def _tell_starts(self, ids: Sequence[str]) -> None:
        """Tell that attempts began which started at once: their backend may leave that out, as engines know it."""
        for attempt_id in ids:
            told = self._told.get(attempt_id)
            if told is not None and not told.ended and "started" not in told.state:
                self._push([Started(attempt_id)])

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Tell all that is known of attempts; have the backend find those that nothing is known of."""
        new = [(request, handle) for request, handle in known if not self._tell_again(request.id)]
        for request, handle in new:
            self._told[request.id] = _Told(handle.data)
        if new:
            self._backend.attach(new)

    def cancel(self, ids: Sequence[str]) -> None:
        """Ask for the end of attempts."""
        self._backend.cancel([one for one in ids if one in self._told and not self._told[one].ended])

    def close(self) -> None:
        """Close the backend; what outlives it goes on."""
        self._backend.close()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    # ----- What engines hear, on their threads -----

    def watch(
        self, request: messages.WatchEventsRequest, is_live: Callable[[], bool]
    ) -> Iterator[messages.WatchEventsResponse]:
        """Yield what happens from now on, or from where the engine left; end where it falls too far behind."""
        with self._changed:
            first = self._events[0].position if self._events else self._position + 1
            resumed = request.instance == self._instance and first - 1 <= request.position <= self._position
            position = request.position if resumed else self._position
            capacity = self._capacity
        yield messages.WatchEventsResponse(position=position, resumed=resumed, capacity=capacity)
        while is_live():
            with self._changed:
                self._changed.wait_for(partial(self._has_news, position, capacity), HEARTBEAT_S)
                if self._is_closed or (self._events and self._events[0].position > position + 1):
                    return
                entries = self._after(position)
                changed = self._capacity if self._capacity != capacity else None
                capacity = self._capacity
            position = entries[-1].position if entries else position
            yield messages.WatchEventsResponse(
                position=position, events=[entry.event for entry in entries], capacity=changed
            )

    def read_log(self, attempt_id: str, offset: int, limit: int) -> bytes:
        """Return a piece of an attempt's log; empty where there is no more."""
        told = self._told.get(attempt_id)
        log = told.log if told is not None else None
        if log is None:
            return b""
        data, _ = read_on(self._logs, log, log.begin + offset)
        return data[:limit]

    # ----- What the backend tells, on any thread -----

    def _push(self, events: Sequence[BackendEvent]) -> None:
        with self._changed:
            for event in events:
                told = self._told.get(event.id)
                if told is not None and not told.ended:
                    self._keep(told, event)
            self._changed.notify_all()

    def _keep(self, told: _Told, event: BackendEvent) -> None:
        if isinstance(event, (LogStarted, Finished, Lost)) and event.log:
            told.log = LogSlice.FromString(event.log)
        is_end = isinstance(event, (Finished, Lost))
        message = event_message(event, self._log_bytes(told) if is_end else 0)
        if is_end:
            told.ended = True
            told.state = {key: one for key, one in told.state.items() if key != "cancelling"}
        kind: str = message.WhichOneof("kind") or ""
        if isinstance(event, Progress):
            kind = f"progress {' '.join(link.name for link in event.links)}"
        if not isinstance(event, Started) or kind not in told.state:
            told.state[kind] = message
        self._append(message)
        if is_end:
            told.size = message.ByteSize()
            self._ended[event.id] = told.size
            self._ended_bytes += told.size
            while len(self._ended) > _KEPT_ENDS or (self._ended_bytes > _KEPT_BYTES and len(self._ended) > 1):
                self._forget(next(iter(self._ended)))

    def _log_bytes(self, told: _Told) -> int:
        if told.log is None:
            return 0
        end = told.log.end or size_of(self._logs / told.log.segment)
        return max(0, end - told.log.begin)

    def _append(self, event: messages.Event) -> None:
        self._position += 1
        size = event.ByteSize() + 100
        self._events.append(_Entry(self._position, event, size))
        self._events_bytes += size
        while self._events_bytes > _KEPT_BYTES and len(self._events) > 1:
            self._events_bytes -= self._events.popleft().size

    def _has_news(self, position: int, capacity: messages.Capacity) -> bool:
        return self._is_closed or self._position > position or self._capacity != capacity

    def _after(self, position: int) -> list[_Entry]:
        """Return the events after *position*, as many as one message should hold. Under `_changed`."""
        entries: list[_Entry] = []
        size = 0
        if self._events:
            for index in range(position + 1 - self._events[0].position, len(self._events)):
                entries.append(self._events[index])
                size += entries[-1].size
                if size > MESSAGE_BYTES:
                    break
        return entries

    def _tell_again(self, attempt_id: str) -> bool:
        """Tell all that is known of an attempt; return whether anything is."""
        with self._changed:
            told = self._told.get(attempt_id)
            if told is None:
                return False
            for event in told.state.values():
                self._append(event)
            self._changed.notify_all()
            return True

    def _forget(self, attempt_id: str) -> None:
        with self._changed:
            self._told.pop(attempt_id, None)
            self._ended_bytes -= self._ended.pop(attempt_id, 0)

    def _look_at_capacity(self) -> messages.Capacity:
        told = self._backend.capacity()
        total = told.immediate + told.prefetch + self.under_way
        places = total
        if told.prefetch:
            # How many start at once is known while any would.
            places = told.immediate + self.under_way if told.immediate else min(self._places, self.under_way)
        self._places = places
        return messages.Capacity(
            places=places, ahead=total - places, cpu_millis=told.cpu_millis, memory_bytes=told.memory_bytes
        )
