"""Runners whose attempts are interleaved: those of `async` tasks, up to a limit in each process.

They come beside the runners that run one attempt at a time, and are as many as these at most, for each folder of
sources. An attempt is cancelled alone. If it does not end within the grace, its process is killed: the other attempts
of that process are lost, and tried again at no cost to their tasks. When a process ends by itself, nobody knows which
of its attempts was the cause: each is lost as if it had been alone.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendEvent,
    BackendHost,
    Cancelling,
    Finished,
    LogStarted,
    Lost,
    TaskReference,
)
from godwitidl.core.v1.event_pb2 import LogSlice, Usage
from godwitidl.runner.v1.runner_pb2 import Report, Result

from godwit_core.backends import local_errors, runner_commands
from godwit_core.backends.live_logs import LOOK_S, size_of
from godwit_core.backends.processes import RunnerProcess
from godwit_core.backends.results import finished, linked
from godwit_core.backends.runner_pool import RunnerPool

SHARED_BY = 1_000
"""Most attempts under way in one runner."""
CROWDED = 100
"""Attempts in each runner from which on another runner is started while there may be more."""
RECYCLE_AFTER = 100_000
"""A runner that has been sent so many attempts gets no more, and goes when the last has ended."""


class _UnderWay:
    """An attempt under way. *log*: where it has begun to write, as far as the engine was not told; None: nowhere."""

    __slots__ = ("began_s", "log", "request", "told")

    def __init__(self, request: AttemptRequest) -> None:
        self.request = request
        self.began_s = time.monotonic()
        self.log: LogSlice | None = None
        self.told = False


class _SharedRunner:
    """A runner with its attempts, by their ids."""

    def __init__(self, runner: RunnerProcess, log_name: str) -> None:
        self.runner = runner
        self.log_name = log_name
        self.under_way: dict[str, _UnderWay] = {}
        self.cancelled: set[str] = set()
        self.taken = 0
        self.killed = False

    def is_open(self) -> bool:
        """Return whether it takes another attempt."""
        room = len(self.under_way) < SHARED_BY and self.taken < RECYCLE_AFTER
        return room and not self.runner.ending


class SharedRunners:
    """The runners whose attempts are interleaved.

    Args:
        host: the engine's loop.
        pool: starts and ends processes.
        most: how many runners there may be for each command and folder of sources.
        unused: gives an idle runner that has run nothing yet and may run a task; None: there is none.
    """

    def __init__(
        self,
        host: BackendHost,
        pool: RunnerPool,
        most: int,
        unused: Callable[[TaskReference], RunnerProcess | None],
    ) -> None:
        self._host = host
        self._pool = pool
        self._most = most
        self._unused = unused
        self._shared: dict[RunnerProcess, _SharedRunner] = {}
        self._where: dict[str, _SharedRunner] = {}
        self._is_looking = False
        self.places = most * SHARED_BY

    def submit(self, requests: Iterable[AttemptRequest]) -> None:
        """Start attempts."""
        batches: dict[_SharedRunner, list[AttemptRequest]] = {}
        for request in requests:
            if request.id in self._where:
                continue
            shared = self._place(request.task)
            shared.runner.source_root = shared.runner.source_root or request.task.source_root
            shared.under_way[request.id] = _UnderWay(request)
            shared.taken += 1
            self._where[request.id] = shared
            batches.setdefault(shared, []).append(request)
        for shared, batch in batches.items():
            for request in batch:
                if request.task.key not in shared.runner.prepared:
                    shared.runner.prepared.add(request.task.key)
                    self._pool.send(shared.runner, runner_commands.prepare(request.task))
            self._pool.send(shared.runner, runner_commands.run(batch))

    def cancel(self, ids: Sequence[str]) -> list[str]:
        """Cancel the attempts among *ids* that are here; return the other ids."""
        batches: dict[_SharedRunner, list[str]] = {}
        others = []
        for identifier in ids:
            shared = self._where.get(identifier)
            if shared is None:
                others.append(identifier)
            elif identifier not in shared.cancelled:
                shared.cancelled.add(identifier)
                batches.setdefault(shared, []).append(identifier)
        for shared, batch in batches.items():
            self._host.push([Cancelling(identifier, shared.runner.place) for identifier in batch])
            self._pool.send(shared.runner, runner_commands.cancel(batch))
            self._host.call_later(self._host.settings.grace_s, partial(self._end_stubborn, shared, batch))
        return others

    def log_of(self, identifier: str) -> LogSlice | None:
        """Return where an attempt under way has begun to write; None where it has not, or is not here."""
        shared = self._where.get(identifier)
        return None if shared is None else shared.under_way[identifier].log

    # A place for an attempt.

    def _place(self, task: TaskReference) -> _SharedRunner:
        """Return the runner with the fewest attempts that may run *task*, another one while all are crowded."""
        serving = [one for one in self._shared.values() if one.runner.serves(task) and one.is_open()]
        fewest = min(serving, key=lambda one: len(one.under_way), default=None)
        if fewest is not None and (len(fewest.under_way) < CROWDED or len(serving) >= self._most):
            return fewest
        return self._start(task)

    def _start(self, task: TaskReference) -> _SharedRunner:
        for one in list(self._shared.values()):
            if not one.under_way and not one.runner.ending:
                # Of another folder of sources, or worn out: it makes way.
                self._pool.retire(one.runner)
        runner = self._unused(task)
        if runner is None:
            runner = self._pool.start(task.command, self, socket_on_standard_input=task.socket_on_standard_input)
        else:
            self._pool.hand_over(runner, self)
        name = runner.log_name.removesuffix(".log") + ".shared.log"
        self._pool.send(runner, runner_commands.interleave(str(self._pool.logs / name), name))
        shared = self._shared[runner] = _SharedRunner(runner, name)
        return shared

    # What runners say.

    def reported(self, runner: RunnerProcess, reports: Sequence[Report]) -> None:
        """Take what a runner reports. See `Listener`."""
        events = self._take(self._shared[runner], reports)
        if events:
            self._host.push(events)

    def ended(self, runner: RunnerProcess, status: int, reports: Sequence[Report]) -> None:
        """Tell what became of the attempts of a runner that is gone. See `Listener`."""
        shared = self._shared.pop(runner)
        events = self._take(shared, reports)
        for identifier, one in shared.under_way.items():
            del self._where[identifier]
            events.append(self._end(shared, one, status))
        shared.under_way.clear()
        if events:
            self._host.push(events)

    def _take(self, shared: _SharedRunner, reports: Sequence[Report]) -> list[BackendEvent]:
        events: list[BackendEvent] = []
        for report in reports:
            kind = report.WhichOneof("kind")
            if kind == "result" and report.result.id in shared.under_way:
                events.append(self._take_result(shared, report.result))
            elif kind == "writing" and report.writing.id in shared.under_way:
                shared.under_way[report.writing.id].log = report.writing.log
                self._look_soon()
            elif kind == "linked":
                events.append(linked(report.linked))
        return events

    def _take_result(self, shared: _SharedRunner, result: Result) -> Finished:
        del shared.under_way[result.id]
        del self._where[result.id]
        if result.id in shared.cancelled:
            shared.cancelled.discard(result.id)
            result.ClearField("outputs")
            result.error.ParseFromString(local_errors.cancelled())
        if not shared.under_way and shared.taken >= RECYCLE_AFTER and not shared.runner.ending:
            self._host.call_later(0, partial(self._retire, shared))
        return finished(result)

    def _retire(self, shared: _SharedRunner) -> None:
        if shared.runner in self._shared and not shared.under_way and not shared.runner.ending:
            self._pool.retire(shared.runner)

    def _end_stubborn(self, shared: _SharedRunner, ids: Sequence[str]) -> None:
        """Kill a runner with an attempt that has not ended though its grace is over."""
        if not shared.runner.ending and any(identifier in shared.under_way for identifier in ids):
            shared.killed = True
            self._pool.kill(shared.runner)

    def _end(self, shared: _SharedRunner, one: _UnderWay, status: int) -> BackendEvent:
        """Return what became of an attempt whose runner has ended before it."""
        log = b""
        if one.log is not None:
            one.log.end = size_of(self._pool.logs / one.log.segment)
            log = one.log.SerializeToString()
        usage = Usage(wall_micros=round((time.monotonic() - one.began_s) * 1e6)).SerializeToString()
        identifier = one.request.id
        if identifier in shared.cancelled:
            return Finished(identifier, error=local_errors.cancelled(), usage=usage, log=log)
        if shared.killed:
            return Lost(identifier, local_errors.neighbour_killed(), log=log, usage=usage)
        error = local_errors.runner_lost(status, shared.runner.last_words(self._pool.logs)[1])
        return Lost(identifier, error, log=log, usage=usage)

    # Logs of attempts under way.

    def _look_soon(self) -> None:
        if not self._is_looking:
            self._is_looking = True
            self._host.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        """Tell the engine where the attempts write that have been under way for a while."""
        self._is_looking = False
        before_s = time.monotonic() - LOOK_S
        told: list[BackendEvent] = []
        for one in [one for shared in self._shared.values() for one in shared.under_way.values()]:
            if one.log is None or one.told:
                continue
            if one.began_s <= before_s:
                one.told = True
                told.append(LogStarted(one.request.id, one.log.SerializeToString()))
            else:
                self._look_soon()
        if told:
            self._host.push(told)
