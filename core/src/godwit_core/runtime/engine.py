"""The engine: one thread, one loop. Each turn: drain what came, step, commit once, then perform the effects.

Read `Engine.turn` first. Order is always: blob in place, rows committed, effect; so nothing is announced that is not
stored, and a crash at any point repeats at most what is idempotent by attempt id.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from godwit_plugin_api.backend import (
    AttemptRequest,
    Handle,
)
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.values_pb2 import Literal

from godwit_core.engine import events as engine_events
from godwit_core.engine.events import (
    Began,
    Conclude,
    Effect,
    Enqueue,
    Event,
    Evict,
    Examine,
    LookUp,
    Recover,
    Release,
    Remember,
    Resumed,
    TimerFired,
)
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.engine.restoration import attempts_under_way
from godwit_core.engine.state import Execution, Node, forget_changes, has_changes
from godwit_core.engine.step import step
from godwit_core.runtime import lease, reporting, signals, writing
from godwit_core.runtime.admission import Admission, Refused, Taken
from godwit_core.runtime.announcements import Announcements
from godwit_core.runtime.answers import Answers
from godwit_core.runtime.clock import Clock, SteadyTime, SystemClock
from godwit_core.runtime.dispatch import Dispatcher, Held
from godwit_core.runtime.garbage import collector_paused
from godwit_core.runtime.gathering import Gatherer
from godwit_core.runtime.intake import events_of
from godwit_core.runtime.locations import Locations, make_home, temporary_home
from godwit_core.runtime.loop import Loop
from godwit_core.runtime.performing import Performer
from godwit_core.runtime.settings import EngineSettings, ExecutionOptions, Outcome
from godwit_core.runtime.stations import Station, Stations, backend_settings
from godwit_core.runtime.stored_values import StoredValues
from godwit_core.runtime.timers import Timers
from godwit_core.store import commands, engines
from godwit_core.store.connection import open_store, transaction, translated

LONGEST_TURN = 10_000
"""Events and effects after which a turn is committed, so that what is under way at a time stays small."""
POLL_S = 0.2
"""Longest time between two looks at the commands that other processes have left."""
LEAVING_S = 2.0
"""Seconds after the grace of a process within which an engine that gives back what it holds is gone."""

OnChange = Callable[[Execution, Sequence[Node]], None]
"""Called after each commit with the nodes whose rows changed. Must be quick; on the engine's thread."""


class Engine:
    """An embedded engine. A context manager: entering opens the store, leaving ends what cannot outlive it."""

    def __init__(self, settings: EngineSettings, registry: PluginRegistry, clock: Clock | None = None) -> None:
        self.settings = settings
        self._registry = registry
        self._clock: Clock = clock or SystemClock()
        self._stack = ExitStack()
        self._held: dict[int, Held] = {}
        self._changed: dict[int, Execution] = {}
        self._pending: list[tuple[Held, Event]] = []
        self._turn = writing.Turn([], [])
        self._outcomes: dict[str, Outcome] = {}
        self._observers: list[OnChange] = []
        self._time = SteadyTime(self._clock)
        self._next_poll_us = 0
        self._lease_us = round(settings.lease_s * 1e6)
        self._renew_us = 0
        self._leaving = False

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            home = self.settings.home
            if home is None:
                home = stack.enter_context(temporary_home())
            self.locations = Locations(home.absolute(), self.settings.storage)
            if self.settings.storage:
                self._registry.load(Kind.PERSISTENCE, self.settings.storage.partition("://")[0])
            if self.settings.home is None:
                self.connection = open_store(None)
            else:
                make_home(home)
                self.connection = open_store(self.locations.database, self.settings.durability)
            stack.callback(self.connection.close)
            with translated(self._database):
                serves = self.settings.serves
                self.id = lease.register(self.connection, self._clock, self._lease_us, serves=serves)
            stack.callback(self._unregister)
            self._loop = self.loop = Loop(self._clock)
            self._timers = Timers(self._loop, self._clock, self._fire)
            stack.callback(self._loop.close)
            self._dispatcher = Dispatcher(self.locations, self.settings.queues)
            self._answers = Answers(self.connection, self._registry, self.id, self._clock)
            self._stored = StoredValues(self._registry)
            durable = self.settings.durability == "disk"
            self._gatherer = Gatherer(self.connection, self._registry, self.locations, durable=durable)
            logs = self.locations.engine_logs(self.id)
            told = backend_settings(self.settings, self.locations.home, logs, self._registry.disabled)
            self._stations = Stations(self._registry, self._loop, self.settings, told)
            stack.callback(self._stations.close)
            asked = (self._gatherer, self._answers)
            self._performer = Performer(
                self._dispatcher, self._stations, self._timers, self._time, *asked, self._loop.push
            )
            self._announcements = Announcements(self.connection, self._registry, self.settings.home)
            stack.callback(self._announcements.close)
            self._announcements.catch_up()
            self._renew_us = self._clock.boot_us() + self._lease_us // lease.RENEWALS
            parts = (self._stored, self._announcements, self._stations.problems, self._stations.kept)
            self.admission = Admission(self.connection, self.id, self._clock, self._time, *parts)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    # What users of the engine call.

    def open_backend(self, key: str = "") -> None:
        """Open a backend now rather than when it is first needed, so that its processes start meanwhile."""
        self._stations.get(key)

    def accept(
        self,
        registration: Registration,
        entity: str,
        inputs: Mapping[str, Literal],
        options: ExecutionOptions | None = None,
    ) -> str:
        """Check a request and make it an execution that this engine holds; return its name.

        Raises:
            GodwitError: it does not compile, its inputs do not fit, or a backend cannot run it. Nothing is created.
        """
        with translated(self._database):
            taken = self.admission.accept(registration, entity, inputs, options, held=True)
        self._pending.append((self._hold(taken), Began(self._time.now_us())))
        return taken.execution.name

    def submit(
        self,
        registration: Registration,
        entity: str,
        inputs: Mapping[str, Literal],
        options: ExecutionOptions | None = None,
    ) -> str:
        """Like `accept`, but nobody holds the execution: it waits for an engine that serves this home."""
        with translated(self._database):
            return self.admission.accept(registration, entity, inputs, options, held=False).execution.name

    def resume(self, name: str) -> None:
        """Take over an execution whose engine has died, or that nobody holds.

        Raises:
            InvalidInput: there is none of that name, it has ended, or a live engine holds it.
        """
        with translated(self._database):
            self._take_up(self.admission.claim(name))

    def take(self, limit: int) -> Iterator[Taken | Refused]:
        """Take up to *limit* executions that nobody holds; yield them, and those that this engine cannot run."""
        with translated(self._database):
            for one in self.admission.claim_waiting(limit):
                if isinstance(one, Taken):
                    self._take_up(one)
                yield one

    def run(self, name: str, on_change: OnChange | None = None) -> Outcome:
        """Run the loop until the execution has ended, and return how.

        Raises:
            KeyboardInterrupt: as it came; the execution goes on with the next call, or by `resume`.
            GodwitError: the store failed, or the lease was lost; `resume` goes on where it stopped.
        """
        if on_change is not None:
            self._observers.append(on_change)
        try:
            with translated(self._database):
                while name not in self._outcomes:
                    self.turn(POLL_S)
        finally:
            if on_change is not None:
                self._observers.remove(on_change)
        return self._outcomes.pop(name)

    def request_abort(self, name: str, reason: str = "") -> None:
        """Ask this engine to abort an execution that it holds; `run` returns when everything has ended."""
        self.request(name, commands.ABORT, reason)

    def request(self, name: str, kind: str, data: str) -> None:
        """Give this engine a command for an execution that it holds, as `store.commands` has them."""
        event = signals.event_of(kind, data, self._time.now_us())
        for held in self._held.values():
            if held.execution.name == name and event is not None:
                self._pending.append((held, event))

    def room(self, most: int) -> int:
        """Return how many executions more this engine should hold, of *most*: no more than it has idle places for."""
        return min(most - len(self._held), self._stations.idle_places())

    @property
    def held(self) -> list[Execution]:
        """The executions that this engine holds."""
        return [held.execution for held in self._held.values()]

    def take_outcomes(self) -> list[Outcome]:
        """Return how the executions ended that have ended since the last call."""
        ended, self._outcomes = list(self._outcomes.values()), {}
        return ended

    def wake(self) -> None:
        """Have a turn that waits go on; from any thread, and from signal handlers."""
        self._loop.wake()

    def give_back(self) -> None:
        """Start nothing more, and end the attempts that would not outlive this engine, at no cost to their tasks.

        Leaving the engine then frees its executions, and another takes them at once. Takes the grace of a process.
        """
        self._leaving = True
        until_us = self._clock.boot_us() + round((self.settings.grace_s + LEAVING_S) * 1e6)
        mortal = self._performer.cancel_mortal()
        with translated(self._database):
            while not mortal.isdisjoint(self._dispatcher.in_flight) and self._clock.boot_us() < until_us:
                self.turn(POLL_S)
            self.turn(0)

    # The loop.

    def turn(self, longest_s: float) -> None:
        """Wait for something to happen, *longest_s* seconds at most; step, commit, perform."""
        alone = len(self._dispatcher.in_flight) == 1
        self._loop.wait(0.0 if self._pending or self._changed else longest_s, eager=alone)
        for pushed in self._loop.take():
            self._pending += events_of(pushed, self._dispatcher, self._time.now_us(), leaving=self._leaving)
        self._poll_commands()
        with collector_paused():
            effects = self._step_all()
            requests = self._allot(effects)
            self._commit()
        self._perform(effects, requests)

    def _poll_commands(self) -> None:
        """Look at what other processes have asked for, and renew the lease when it is time."""
        now_us = self._clock.boot_us()
        if now_us < self._next_poll_us or self.settings.home is None:
            return
        self._next_poll_us = now_us + round(POLL_S * 1e6)
        if now_us >= self._renew_us:
            self._renew_us = now_us + self._lease_us // lease.RENEWALS
            self._turn.lease_until_us = now_us + self._lease_us
        for key, execution, kind, data in commands.pending(self.connection, self.id):
            self._turn.commands.append(key)
            held = self._held.get(execution)
            event = signals.event_of(kind, data, self._time.now_us())
            if held is not None and event is not None:
                self._pending.append((held, event))

    def _step_all(self) -> list[tuple[Held, Effect]]:
        """Step every pending event; answer look-ups in the same turn. Return the effects that follow the commit."""
        effects: list[tuple[Held, Effect]] = []
        while self._pending:
            batch, self._pending = self._pending, []
            for position, (held, event) in enumerate(batch, 1):
                if position + len(effects) > LONGEST_TURN:
                    self._pending = batch[position - 1 :] + self._pending
                    return effects
                self._changed[held.execution.id] = held.execution
                for effect in step(held.execution, event):
                    if isinstance(effect, (LookUp, Recover, Examine)):
                        self._pending.append((held, self._answers.to(held.execution, effect, self._time.now_us())))
                    elif isinstance(effect, (Remember, Evict, Release)):
                        self._turn.results.append((held.execution, effect))
                    elif isinstance(effect, Enqueue):
                        station = self._stations.of(held.execution, effect.node)
                        self._dispatcher.enqueue(station, held, effect.node)
                    else:
                        effects.append((held, effect))
        return effects

    def _allot(self, effects: list[tuple[Held, Effect]]) -> list[tuple[Station, list[AttemptRequest]]]:
        """Take from the queues what the backends have room for; what starts at once is stored as started."""
        allotted: list[tuple[Station, list[AttemptRequest]]] = []
        for station in () if self._leaving else self._stations.open_ones():
            requests: list[AttemptRequest] = []
            now_us = self._time.now_us()
            for held, node, at_once in self._dispatcher.take(station):
                if at_once:
                    started = step(held.execution, engine_events.Started(now_us, node.number, item=node.item))
                    effects.extend((held, effect) for effect in started)
                    requests.append(self._dispatcher.request(held, node, node.attempt))
                else:
                    step(held.execution, engine_events.Submitted(now_us, node.number, node.item))
                    requests.append(self._dispatcher.request(held, node, node.attempt + 1))
                self._changed[held.execution.id] = held.execution
            if requests:
                allotted.append((station, requests))
        return allotted

    def _commit(self) -> None:
        """Store the turn's changes in one transaction, and tell the observers."""
        changed = list(self._changed.values())
        turn, self._turn = self._turn, writing.Turn([], [])
        if not (turn.commands or turn.results or turn.lease_until_us) and not any(has_changes(one) for one in changed):
            self._changed.clear()
            return
        stored = writing.write(self.connection, self.id, changed, turn, self._announcements, self._time.now_us())
        self._changed.clear()
        self._announcements.tell(stored)
        woken = self._answers.claims.woken(turn.results, self._time.now_us())
        self._pending += [(self._held[key], event) for key, event in woken if key in self._held]
        for execution in changed:
            for observer in self._observers:
                observer(execution, list(execution.dirty.values()))
            forget_changes(execution)

    def _perform(
        self, effects: Sequence[tuple[Held, Effect]], requests: Sequence[tuple[Station, list[AttemptRequest]]]
    ) -> None:
        """Do what the committed state asks for."""
        for held in self._performer.submit(requests):
            self._changed[held.execution.id] = held.execution
        ahead_us = self._time.boot_ahead_us()
        for held, effect in effects:
            if isinstance(effect, Conclude):
                self._conclude(held)
            elif (event := self._performer.perform(held, effect, ahead_us)) is not None:
                self._pending.append((held, event))

    # Parts of these.

    def _fire(self, execution: int, node: int, kind: engine_events.TimerKind, attempt: int, item: int) -> None:
        if (held := self._held.get(execution)) is not None:
            self._pending.append((held, TimerFired(self._time.now_us(), node, kind, attempt, item)))

    def _conclude(self, held: Held) -> None:
        execution = held.execution
        self._dispatcher.drop(execution)
        del self._held[execution.id]
        self._outcomes[execution.name] = reporting.outcome(execution, self._answers.forget(execution))

    def _attach(self, held: Held) -> None:
        """Have the backends find the attempts that were under way when the engine before this one died."""
        for node in attempts_under_way(held.execution):
            station = self._stations.of(held.execution, node)
            request = self._dispatcher.attach(station, held, node)
            station.backend.attach([(request, Handle(request.id, node.handle))])

    def _hold(self, taken: Taken) -> Held:
        taken.execution.load_items = self._stored.items
        held = self._held[taken.execution.id] = Held(*taken)
        return held

    def _take_up(self, taken: Taken) -> None:
        """Go on with an execution as its rows tell it."""
        held, execution, now_us = self._hold(taken), taken.execution, self._time.now_us()
        execution.history.append(("execution_started", now_us, None, self.id))
        self._changed[execution.id] = execution
        self._pending.append((held, Began(now_us) if execution.phase is ExecutionPhase.QUEUED else Resumed(now_us)))
        self._attach(held)

    def _unregister(self) -> None:
        """Give up the lease, so that whoever resumes need not wait. Best effort: a dead engine is found anyway."""
        try:
            self.connection.execute("PRAGMA busy_timeout = 1000")
            with transaction(self.connection):
                engines.delete(self.connection, self.id)
        except sqlite3.Error:
            return

    @property
    def _database(self) -> Path | None:
        return None if self.settings.home is None else self.locations.database
