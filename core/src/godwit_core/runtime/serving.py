"""An engine that serves a home: it takes executions that nobody holds, as many as it has room for.

Several engines that serve one home share its executions so: each takes one when it has an idle place for it, the
highest priority first, then the oldest. What a dead engine held is freed by whoever sees first that it is dead.
"""

from godwit_plugin_api.errors import GodwitError

from godwit_core.engine.state import Execution
from godwit_core.runtime.admission import Refused
from godwit_core.runtime.clock import Clock, SystemClock
from godwit_core.runtime.engine import POLL_S, Engine
from godwit_core.runtime.settings import Outcome
from godwit_core.store.connection import translated

LOOK_S = 0.2
"""Longest time between two looks at what nobody holds, while there is room."""
PATROL_S = 1.0
"""Time between two looks for engines that have died."""
MAX_EXECUTIONS = 1000
"""How many executions a serving engine holds at most, unless it is told otherwise."""


class Watcher:
    """Is told what a serving engine does. This one keeps it to itself. Must be quick; on the engine's thread."""

    def taken(self, execution: Execution) -> None:
        """Take note that the engine has taken an execution."""

    def refused(self, name: str, error: GodwitError) -> None:
        """Take note that the engine cannot run an execution, and has left it to others."""

    def ended(self, outcome: Outcome) -> None:
        """Take note that an execution has ended."""

    def freed(self, engine: int) -> None:
        """Take note that another engine is dead, and what it held is free."""

    def leaving(self, held: int) -> None:
        """Take note that the engine is about to give back what it holds."""

    def given_back(self, name: str) -> None:
        """Take note that an execution waits for another engine."""


class Service:
    """One engine's serving. *engine* must have been opened with `serves`."""

    def __init__(
        self,
        engine: Engine,
        watcher: Watcher,
        *,
        max_executions: int = MAX_EXECUTIONS,
        until_idle: bool = False,
        clock: Clock | None = None,
    ) -> None:
        """Set up serving.

        Args:
            engine: that serves.
            watcher: is told what it does.
            max_executions: how many it holds at most.
            until_idle: end when nothing is left that engines of this home share: all executions have ended, but for
                those that engines hold which do not serve, and those that this one cannot run.
            clock: says when to look again.
        """
        self._engine = engine
        self._watcher = watcher
        self._most = max_executions
        self._until_idle = until_idle
        self._clock = clock or SystemClock()
        self._stopping = False
        self._eager = True
        self._look_us = 0
        self._patrol_us = 0

    def stop(self) -> None:
        """Have `run` give back what the engine holds, and return. May be called in a signal handler."""
        self._stopping = True
        self._engine.wake()

    def run(self) -> None:
        """Serve until `stop` is called or, with *until_idle*, nothing is left.

        Raises:
            LeaseLost: the engine was stopped for longer than its lease, and others have what it held.
            GodwitError: the store failed.
        """
        engine = self._engine
        engine.open_backend()
        with translated(engine.locations.database):
            while not self._stopping:
                self._patrol()
                self._look()
                engine.turn(POLL_S)
                self._tell_ended()
                if self._until_idle and not engine.held and engine.admission.is_all_done():
                    return
            self._leave()

    def _patrol(self) -> None:
        """Free what engines hold that have died since the last time."""
        now_us = self._clock.boot_us()
        if now_us >= self._patrol_us:
            self._patrol_us = now_us + round(PATROL_S * 1e6)
            for dead in self._engine.admission.free_dead():
                self._watcher.freed(dead)
                self._eager = True

    def _look(self) -> None:
        """Take what there is room for; look again at once as long as there is more, else a moment later."""
        now_us = self._clock.boot_us()
        room = self._engine.room(self._most)
        if room <= 0 or (now_us < self._look_us and not self._eager):
            return
        self._look_us = now_us + round(LOOK_S * 1e6)
        self._eager = False
        for one in self._engine.take(room):
            self._eager = True
            if isinstance(one, Refused):
                self._watcher.refused(one.name, one.error)
            else:
                self._watcher.taken(one.execution)

    def _tell_ended(self) -> None:
        for outcome in self._engine.take_outcomes():
            self._eager = True
            self._watcher.ended(outcome)

    def _leave(self) -> None:
        held = self._engine.held
        self._watcher.leaving(len(held))
        self._engine.give_back()
        self._tell_ended()
        for execution in self._engine.held:
            self._watcher.given_back(execution.name)
