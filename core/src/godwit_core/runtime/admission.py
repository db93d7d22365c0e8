"""The ways in: a request becomes an execution's rows, and rows become an execution that this engine holds."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.values_pb2 import Literal

from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine.state import Execution
from godwit_core.runtime import acceptance, lease
from godwit_core.runtime.announcements import Announcements
from godwit_core.runtime.clock import Clock, SteadyTime
from godwit_core.runtime.plans import Plans
from godwit_core.runtime.revival import revive
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.runtime.sources import Sources
from godwit_core.runtime.stored_values import StoredValues
from godwit_core.store import engines, executions, histories, reading
from godwit_core.store.connection import transaction
from godwit_core.store.executions import ExecutionRow


class Taken(NamedTuple):
    """An execution that the engine has come to hold, and where the source of its tasks lies."""

    execution: Execution
    sources: Sources


class Refused(NamedTuple):
    """An execution that nobody holds and that this engine cannot run."""

    name: str
    error: GodwitError


class Admission:
    """The ways into one engine. All of them are transactions that check its lease first."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        engine: int,
        clock: Clock,
        time: SteadyTime,
        stored: StoredValues,
        announcements: Announcements,
        problems: Callable[[TaskPlan, str], list[str]],
        backend: str,
    ) -> None:
        self._connection = connection
        self._engine = engine
        self._clock = clock
        self._time = time
        self._stored = stored
        self._announcements = announcements
        self._problems = problems
        self._backend = backend
        self._plans = Plans()
        self._refused: set[int] = set()

    def accept(
        self,
        registration: Registration,
        entity: str,
        inputs: Mapping[str, Literal],
        options: ExecutionOptions | None,
        *,
        held: bool,
    ) -> Taken:
        """Check a request and store it as an execution, *held* by this engine or by nobody.

        Raises:
            GodwitError: it does not compile, its inputs do not fit, or a backend cannot run it. Nothing is stored.
        """
        options = options or ExecutionOptions()
        if held and not options.backend:
            options = options._replace(backend=self._backend)
        request = acceptance.examine(self._plans, registration, entity, inputs, options, self._problems)
        with transaction(self._connection):
            lease.check(self._connection, self._engine)
            holder = self._engine if held else None
            execution, accepted = acceptance.insert(
                self._connection, request, holder, self._time.now_us(), self._stored.load
            )
            self._announcements.note(self._engine, [(execution, 1, accepted)])
        self._announcements.tell([(execution, 1, accepted)])
        return Taken(execution, Sources.of(registration))

    def claim(self, name: str) -> Taken:
        """Take an execution that nobody holds, or an engine that has died.

        Raises:
            InvalidInput: there is none of that name, it has ended, or a live engine holds it.
        """
        with transaction(self._connection):
            lease.check(self._connection, self._engine)
            row = reading.get_execution(self._connection, name)
            acceptance.check_resumable(self._connection, row, self._clock)
            executions.claim(self._connection, row.id, self._engine, self._backend)
        self._announcements.catch_up()
        return self._revived(self._kept(row))

    def claim_waiting(self, limit: int) -> Iterator[Taken | Refused]:
        """Take up to *limit* executions that nobody holds: the highest priority first, then the oldest.

        One that this engine cannot run, because a plugin is missing or its specification is not understood, is left
        to others, and not looked at again.

        Yields:
            each, before the next is taken.

        Raises:
            LeaseLost: another engine has taken over.
        """
        found = executions.waiting(self._connection, limit + len(self._refused))
        for key in [key for key in found if key not in self._refused][:limit]:
            with transaction(self._connection):
                lease.check(self._connection, self._engine)
                row = reading.find_execution(self._connection, key)
                is_ours = executions.claim(self._connection, key, self._engine, self._backend)
            if row is not None and is_ours:
                yield self._taken(row)

    def _taken(self, row: ExecutionRow) -> Taken | Refused:
        try:
            taken = self._revived(self._kept(row))
            acceptance.check_backends(taken.execution.plan, taken.execution.options.backend, self._problems)
        except GodwitError as error:
            self._refused.add(row.id)
            with transaction(self._connection):
                executions.release(self._connection, row.id, self._engine, row.backend)
            return Refused(row.name, error)
        return taken

    def free_dead(self) -> list[int]:
        """Free what dead engines hold, and tell listeners what those left untold; return the ids of the engines."""
        dead = lease.free_dead(self._connection, self._clock)
        if dead:
            self._announcements.catch_up()
        return dead

    def is_all_done(self) -> bool:
        """Return whether no execution waits that this engine can run, and no serving engine holds any."""
        waiting = executions.waiting(self._connection, len(self._refused) + 1)
        return self._refused.issuperset(waiting) and not engines.serving_hold(self._connection)

    def _kept(self, row: ExecutionRow) -> ExecutionRow:
        """Return the row of an execution that was claimed: it keeps the backend with which that was first done."""
        return row if row.backend else row._replace(backend=self._backend)

    def _revived(self, row: ExecutionRow) -> Taken:
        encoded = executions.get_registration(self._connection, row.registration)
        registration, plan = Registration.FromString(encoded), self._plans.get(encoded, row.entity)
        execution = revive(self._connection, row, plan, self._stored)
        self._time.go_on_from(histories.last_time_us(self._connection, row.id))
        return Taken(execution, Sources.of(registration))
