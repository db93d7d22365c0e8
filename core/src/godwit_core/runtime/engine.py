"""The engine: one thread, one loop. Each turn: drain what came, step, commit once, then perform the effects.

Read `Engine.turn` first. Order is always: blob in place, rows committed, effect; so nothing is announced that is not
stored, and a crash at any point repeats at most what is idempotent by attempt id.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendEvent,
    Finished,
    Handle,
    Progress,
    Refusal,
    Started,
)
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.values_pb2 import Literal

from godwit_core.engine import events as engine_events
from godwit_core.engine.events import (
    Began,
    CancelAttempt,
    Conclude,
    Effect,
    Enqueue,
    Event,
    Evict,
    Gather,
    LookUp,
    Recover,
    Release,
    Remember,
    Resumed,
    TimerFired,
    WakeAt,
    Withdraw,
)
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.engine.restoration import attempts_under_way
from godwit_core.engine.state import Execution, Node, forget_changes, has_changes
from godwit_core.engine.step import step
from godwit_core.runtime import acceptance, lease, reporting, signals, writing
from godwit_core.runtime.announcements import Announcements
from godwit_core.runtime.answers import Answers
from godwit_core.runtime.clock import Clock, SteadyTime, SystemClock
from godwit_core.runtime.dispatch import Dispatcher, Held, attempt_id
from godwit_core.runtime.garbage import collector_paused
from godwit_core.runtime.gathering import Gatherer
from godwit_core.runtime.intake import attempt_end, draw
from godwit_core.runtime.locations import Locations, make_home, temporary_home
from godwit_core.runtime.loop import Loop
from godwit_core.runtime.plans import Plans
from godwit_core.runtime.revival import revive
from godwit_core.runtime.settings import EngineSettings, ExecutionOptions, Outcome
from godwit_core.runtime.stations import Station, Stations, backend_settings
from godwit_core.runtime.stored_values import StoredValues
from godwit_core.runtime.timers import Timers
from godwit_core.store import commands, engines, executions, histories, reading
from godwit_core.store.connection import open_store, transaction, translated

LONGEST_TURN = 10_000
"""Events and effects after which a turn is committed, so that what is under way at a time stays small."""
POLL_S = 0.2
"""Longest time between two looks at the commands that other processes have left."""

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
        self._plans = Plans()
        self._next_poll_us = 0
        self._renew_us = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            home = self.settings.home
            if home is None:
                home = stack.enter_context(temporary_home())
            self.locations = Locations(home.absolute())
            if self.settings.home is None:
                self.connection = open_store(None)
            else:
                make_home(home)
                self.connection = open_store(self.locations.database, self.settings.durability)
            stack.callback(self.connection.close)
            with translated(self._database):
                self.id = lease.register(self.connection, self._clock)
            stack.callback(self._unregister)
            self._loop = Loop(self._clock)
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
            self._announcements = Announcements(self.connection, self._registry, self.settings.home)
            stack.callback(self._announcements.close)
            self._announcements.catch_up()
            self._renew_us = self._clock.boot_us() + lease.RENEW_US
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
        request = acceptance.examine(
            self._plans, registration, entity, inputs, options or ExecutionOptions(), self._stations.problems
        )
        with translated(self._database), transaction(self.connection):
            lease.check(self.connection, self.id)
            now_us, load = self._time.now_us(), self._stored.load
            execution, accepted = acceptance.insert(self.connection, request, self.id, now_us, load)
            self._announcements.note(self.id, [(execution, 1, accepted)])
        self._hold(execution, registration.source_root)
        self._announcements.tell([(execution, 1, accepted)])
        self._pending.append((self._held[execution.id], Began(self._time.now_us())))
        return execution.name

    def resume(self, name: str) -> None:
        """Take over an execution whose engine has died.

        Raises:
            InvalidInput: there is none of that name, it has ended, or a live engine holds it.
        """
        with translated(self._database), transaction(self.connection):
            lease.check(self.connection, self.id)
            row = reading.get_execution(self.connection, name)
            acceptance.check_resumable(self.connection, row, self._clock)
            executions.claim(self.connection, row.id, self.id)
            encoded = executions.get_registration(self.connection, row.registration)
        registration, plan = Registration.FromString(encoded), self._plans.get(encoded, row.entity)
        with translated(self._database):
            execution = revive(self.connection, row, plan, self._stored)
            self._time.go_on_from(histories.last_time_us(self.connection, row.id))
        self._hold(execution, registration.source_root)
        held = self._held[execution.id]
        now_us = self._time.now_us()
        execution.history.append(("execution_started", now_us, None, self.id))
        self._changed[execution.id] = execution
        self._pending.append((held, Began(now_us) if execution.phase is ExecutionPhase.QUEUED else Resumed(now_us)))
        self._attach(held)

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

    # The loop.

    def turn(self, longest_s: float) -> None:
        """Wait for something to happen, *longest_s* seconds at most; step, commit, perform."""
        alone = len(self._dispatcher.in_flight) == 1
        self._loop.wait(0.0 if self._pending or self._changed else longest_s, eager=alone)
        for event in self._loop.take():
            self._receive(event)
        self._poll_commands()
        with collector_paused():
            effects = self._step_all()
            requests = self._allot(effects)
            self._commit()
        self._perform(effects, requests)

    def _receive(self, event: BackendEvent) -> None:
        """Queue what a backend pushed, unless it comes too late."""
        if isinstance(event, Progress):
            return
        found = self._dispatcher.in_flight.get(event.id)
        if found is None:
            return
        held, node, number = found
        now_us = self._time.now_us()
        if isinstance(event, Started):
            self._pending.append((held, engine_events.Started(now_us, node.number, event.worker, node.item)))
            return
        self._dispatcher.finish(event.id)
        ended = attempt_end(event, node, number, now_us, draw())
        self._pending.append((held, ended))

    def _poll_commands(self) -> None:
        """Look at what other processes have asked for, and renew the lease when it is time."""
        now_us = self._clock.boot_us()
        if now_us < self._next_poll_us or self.settings.home is None:
            return
        self._next_poll_us = now_us + round(POLL_S * 1e6)
        if now_us >= self._renew_us:
            self._renew_us = now_us + lease.RENEW_US
            self._turn.lease_until_us = now_us + lease.LEASE_US
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
                    if isinstance(effect, (LookUp, Recover)):
                        self._pending.append((held, self._answers.to(held.execution, effect, self._time.now_us())))
                    elif isinstance(effect, (Remember, Evict, Release)):
                        self._turn.results.append((held.execution, effect))
                    elif isinstance(effect, Enqueue):
                        station = self._stations.of(effect.node.plan.task)
                        self._dispatcher.enqueue(station, held, effect.node)
                    else:
                        effects.append((held, effect))
        return effects

    def _allot(self, effects: list[tuple[Held, Effect]]) -> list[tuple[Station, list[AttemptRequest]]]:
        """Take from the queues what the backends have room for; what starts at once is stored as started."""
        allotted: list[tuple[Station, list[AttemptRequest]]] = []
        for station in self._stations.open_ones():
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
        for station, batch in requests:
            for answer in station.backend.submit(batch):
                self._take_answer(answer)
        ahead_us = self._time.boot_ahead_us()
        for held, effect in effects:
            if isinstance(effect, WakeAt):
                self._timers.set(held.execution.id, effect, effect.due_us + ahead_us)
            elif isinstance(effect, CancelAttempt):
                self._cancel(held, effect.node, effect.node.attempt)
            elif isinstance(effect, Withdraw):
                self._cancel(held, effect.node, effect.node.attempt + 1)
            elif isinstance(effect, Gather):
                self._pending.append((held, self._gatherer.gather(held.execution, effect.node, self._time.now_us())))
            elif isinstance(effect, Conclude):
                self._conclude(held)

    # Parts of these.

    def _take_answer(self, answer: Handle | Refusal) -> None:
        if isinstance(answer, Refusal):
            self._loop.push([Finished(answer.id, error=answer.error)])
        elif answer.data and (found := self._dispatcher.in_flight.get(answer.id)):
            held, node, _ = found
            node.handle = answer.data
            if node.owner is None:  # handles of items are found by their ids
                held.execution.dirty[node.number] = node
            self._changed[held.execution.id] = held.execution

    def _fire(self, execution: int, node: int, kind: engine_events.TimerKind, attempt: int, item: int) -> None:
        if (held := self._held.get(execution)) is not None:
            self._pending.append((held, TimerFired(self._time.now_us(), node, kind, attempt, item)))

    def _cancel(self, held: Held, node: Node, number: int) -> None:
        identifier = attempt_id(held.execution, node, number)
        if identifier in self._dispatcher.in_flight:
            self._stations.of(node.plan.task).backend.cancel([identifier])

    def _conclude(self, held: Held) -> None:
        execution = held.execution
        self._dispatcher.drop(execution)
        del self._held[execution.id]
        self._answers.forget(execution)
        self._outcomes[execution.name] = reporting.outcome(execution)

    def _attach(self, held: Held) -> None:
        """Have the backends find the attempts that were under way when the engine before this one died."""
        for node in attempts_under_way(held.execution):
            station = self._stations.of(node.plan.task)
            request = self._dispatcher.attach(station, held, node)
            station.backend.attach([(request, Handle(request.id, node.handle))])

    def _hold(self, execution: Execution, source_root: str) -> None:
        execution.load_items = self._stored.items
        self._held[execution.id] = Held(execution, source_root)

    def _unregister(self) -> None:
        """Give up the lease, so that whoever resumes need not wait. Best effort: a dead engine is found anyway."""
        try:
            with transaction(self.connection):
                engines.delete(self.connection, self.id)
        except sqlite3.Error:
            return

    @property
    def _database(self) -> Path | None:
        return None if self.settings.home is None else self.locations.database
