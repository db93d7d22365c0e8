"""Timers of nodes. A wait for a time costs one integer, so that a hundred thousand are nothing special."""

import heapq
from collections.abc import Callable

from godwit_core.engine.events import TimerKind, WakeAt
from godwit_core.runtime.clock import Clock
from godwit_core.runtime.loop import Loop

_NODE_BITS = 32
_EXECUTION_BITS = 64

Fire = Callable[[int, int, TimerKind, int, int], None]
"""Called with execution, node, kind, attempt and item when a time has come."""


class Timers:
    """Timers of one engine's nodes; none is ever taken back."""

    def __init__(self, loop: Loop, clock: Clock, fire: Fire) -> None:
        self._loop = loop
        self._clock = clock
        self._fire = fire
        self._waits: list[int] = []
        self._armed_us = 0

    def set(self, execution: int, effect: WakeAt, boot_us: int) -> None:
        """Fire for a node of *execution* at a time of the boot clock."""
        node = effect.node
        if effect.kind is TimerKind.WAIT and node.owner is None:
            key = (max(boot_us, 0) << _EXECUTION_BITS | execution) << _NODE_BITS | node.number
            heapq.heappush(self._waits, key)
            self._arm()
        else:
            self._loop.call_at(boot_us, self._fire, execution, node.number, effect.kind, node.attempt, node.item)

    def _arm(self) -> None:
        first_us = self._waits[0] >> _EXECUTION_BITS + _NODE_BITS
        if not self._armed_us or first_us < self._armed_us:
            self._armed_us = first_us
            self._loop.call_at(first_us, self._run)

    def _run(self) -> None:
        """Fire what is due."""
        self._armed_us = 0
        now_us, mask = self._clock.boot_us(), (1 << _EXECUTION_BITS) - 1
        while self._waits and self._waits[0] >> _EXECUTION_BITS + _NODE_BITS <= now_us:
            key = heapq.heappop(self._waits)
            self._fire(key >> _NODE_BITS & mask, key & (1 << _NODE_BITS) - 1, TimerKind.WAIT, 0, -1)
        if self._waits:
            self._arm()
