"""A host for backends under test: what an engine offers, driven by the test."""

import heapq
import os
import selectors
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count

from godwit_plugin_api.backend import BackendEvent, BackendSettings, Finished, Lost


class FakeHost:
    """A `BackendHost` whose loop turns only inside `turn` and `wait_for`, on the thread that made it."""

    def __init__(self, settings: BackendSettings) -> None:
        """Offer *settings*."""
        self.settings = settings
        self.events: list[BackendEvent] = []
        """Everything that was pushed, in order."""
        self.faults: list[str] = []
        """What a backend did that it must not do, each a sentence."""
        self._thread = threading.get_ident()
        self._selector = selectors.DefaultSelector()
        self._calls: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._selector.register(self._reader, selectors.EVENT_READ, self._drain)

    def push(self, events: Sequence[BackendEvent]) -> None:
        """Keep *events*. From any thread."""
        self.events.extend(events)
        self.wake()

    def wake(self) -> None:
        """Have the loop look around. From any thread."""
        try:
            os.write(self._writer, b".")
        except BlockingIOError:
            return  # it is full of wishes to wake already

    def watch(self, descriptor: int, ready: Callable[[], None]) -> None:
        """Watch *descriptor*."""
        self._check_thread("watch")
        self._selector.register(descriptor, selectors.EVENT_READ, ready)

    def unwatch(self, descriptor: int) -> None:
        """Stop watching *descriptor*."""
        self._check_thread("unwatch")
        self._selector.unregister(descriptor)

    def call_later(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call *call* later."""
        self._check_thread("call_later")
        heapq.heappush(self._calls, (time.monotonic() + delay_s, next(self._number), call))

    # ----- What tests use -----

    def turn(self, timeout_s: float = 0.0) -> None:
        """Let the loop turn once; wait for something to do for at most *timeout_s* seconds."""
        if self._calls:
            timeout_s = min(timeout_s, max(0.0, self._calls[0][0] - time.monotonic()))
        for key, _ in self._selector.select(timeout_s):
            key.data()
        now = time.monotonic()
        while self._calls and self._calls[0][0] <= now:
            heapq.heappop(self._calls)[2]()

    def wait_for(self, condition: Callable[[], object], what: str, *, timeout_s: float = 30.0) -> None:
        """Let the loop turn until *condition* holds.

        Raises:
            AssertionError: it does not in *timeout_s* seconds; the message says *what* was waited for.
        """
        deadline = time.monotonic() + timeout_s
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"waited {timeout_s} s in vain for {what}; there came {self.events}")
            self.turn(min(left, 0.2))

    def settle(self, turns: int = 20) -> None:
        """Let the loop turn while there is something to do at once; at most *turns* times."""
        for _ in range(turns):
            self.turn()

    def of(self, attempt_id: str) -> list[BackendEvent]:
        """Return the events of an attempt, in order."""
        return [event for event in self.events if event.id == attempt_id]

    def end_of(self, attempt_id: str, *, timeout_s: float = 30.0) -> Finished | Lost:
        """Wait for the end of an attempt, and return it."""
        self.wait_for(lambda: self._ends(attempt_id), f"the end of {attempt_id}", timeout_s=timeout_s)
        return self._ends(attempt_id)[0]

    def order_faults(self) -> list[str]:
        """Return what is wrong with the order of the events so far; see `Backend` for the order."""
        faults = list(self.faults)
        for attempt_id in dict.fromkeys(event.id for event in self.events):
            kinds = [type(event).__name__ for event in self.of(attempt_id)]
            ends = [index for index, kind in enumerate(kinds) if kind in {"Finished", "Lost"}]
            if len(ends) > 1:
                faults.append(f"{attempt_id} ended {len(ends)} times: {kinds}")
            if ends and ends[0] != len(kinds) - 1:
                faults.append(f"{attempt_id} has events after its end: {kinds}")
            if kinds.count("Started") > 1:
                faults.append(f"{attempt_id} started more than once: {kinds}")
            if kinds.count("LogStarted") > 1:
                faults.append(f"{attempt_id} told more than once where its log is: {kinds}")
        return faults

    def close(self) -> None:
        """Free the loop."""
        self._selector.close()
        os.close(self._reader)
        os.close(self._writer)

    def _ends(self, attempt_id: str) -> list[Finished | Lost]:
        return [event for event in self.of(attempt_id) if isinstance(event, (Finished, Lost))]

    def _drain(self) -> None:
        while True:
            try:
                os.read(self._reader, 4096)
            except BlockingIOError:
                return

    def _check_thread(self, verb: str) -> None:
        if threading.get_ident() != self._thread:
            self.faults.append(f"{verb} was called on another thread than the engine's")
