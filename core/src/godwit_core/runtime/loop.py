"""The loop's machinery: descriptors, timers, and what backends push. One thread, but for `push` and `wake`."""

import heapq
import itertools
import os
import selectors
import threading
from collections.abc import Callable, Sequence
from time import perf_counter_ns

from godwit_plugin_api.backend import BackendEvent, BackendSettings

from godwit_core.runtime.clock import Clock

EAGER_NS = 200_000
"""For how long, in nanoseconds, an answer that may come at once is looked for without sleeping."""


class Loop:
    """Waits for descriptors and timers, and collects what backends push."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self._order = itertools.count()
        self._thread = threading.get_ident()
        self._inbox: list[BackendEvent] = []
        self._lock = threading.Lock()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._drain_wakes)
        self._closed = False
        self._quick = False

    def watch(self, descriptor: int, ready: Callable[[], None]) -> None:
        """Call *ready* whenever *descriptor* is readable."""
        self._selector.register(descriptor, selectors.EVENT_READ, ready)

    def unwatch(self, descriptor: int) -> None:
        """Stop watching *descriptor*."""
        self._selector.unregister(descriptor)

    def call_at(self, boot_us: int, call: Callable[..., None], *arguments: object) -> None:
        """Call *call* with *arguments* at that time of the boot clock."""
        heapq.heappush(self._timers, (boot_us, next(self._order), call, arguments))

    def call_later(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call *call* in *delay_s* seconds."""
        self.call_at(self._clock.boot_us() + round(delay_s * 1e6), call)

    def push(self, events: Sequence[BackendEvent]) -> None:
        """Take events of a backend; from any thread."""
        if threading.get_ident() == self._thread:
            self._inbox.extend(events)
            return
        with self._lock:
            self._inbox.extend(events)
        self.wake()

    def wake(self) -> None:
        """Have `wait` return; from any thread, and from signal handlers."""
        try:
            os.write(self._wake_write, b"\0")
        except (BlockingIOError, OSError):
            return  # full means that it wakes anyway; closed, that nobody waits

    def take(self) -> list[BackendEvent]:
        """Return what was pushed since the last call."""
        if not self._inbox:
            return []
        with self._lock:
            taken, self._inbox = self._inbox, []
        return taken

    def wait(self, longest_s: float, *, eager: bool = False) -> None:
        """Wait until something happens, *longest_s* seconds at most, and run its callbacks.

        *eager*: an answer is awaited that may come at once. If the last one did, look for it for a moment before
        sleeping: to be woken from another core takes longer than all that a turn does.
        """
        timeout = longest_s
        if self._inbox:
            timeout = 0.0
        elif self._timers:
            timeout = min(timeout, max(0.0, (self._timers[0][0] - self._clock.boot_us()) / 1e6))
        for key, _ in self._ready(timeout, eager=eager):
            key.data()
        if self._timers:
            now_us = self._clock.boot_us()
            while self._timers and self._timers[0][0] <= now_us:
                _, _, call, arguments = heapq.heappop(self._timers)
                call(*arguments)

    def _ready(self, timeout: float, *, eager: bool) -> list[tuple[selectors.SelectorKey, int]]:
        select = self._selector.select
        if not eager or timeout <= 0:
            return select(timeout)
        begun = perf_counter_ns()
        while self._quick and perf_counter_ns() - begun < EAGER_NS:
            if ready := select(0):
                return ready
        ready = select(timeout)
        self._quick = perf_counter_ns() - begun < 2 * EAGER_NS
        return ready

    def close(self) -> None:
        """Free the descriptors. Idempotent."""
        if not self._closed:
            self._closed = True
            self._selector.close()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _drain_wakes(self) -> None:
        try:
            while os.read(self._wake_read, 4096):
                pass
        except BlockingIOError:
            return


class Host:
    """What one backend sees of the loop: the `BackendHost` of the plugin API."""

    def __init__(self, loop: Loop, settings: BackendSettings) -> None:
        self._settings = settings
        self.push = loop.push
        self.watch = loop.watch
        self.unwatch = loop.unwatch
        self.call_later = loop.call_later
        self.wake = loop.wake

    @property
    def settings(self) -> BackendSettings:
        """The settings."""
        return self._settings
