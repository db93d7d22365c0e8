"""The local backend: tasks run in warm runner processes on this host, one attempt at a time in each.

An idle runner gets the next attempt at once. Attempts of tasks that take next to no time are also sent ahead to runners
that are busy, so that no round trip lies between them; such an attempt counts as started only when the one before it
has ended. A runner is ended for real, with its process group, when the attempt under way in it is cancelled. Attempts
that may share a process have runners of their own: `shared_runners`.
"""

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial

from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendEvent,
    BackendHost,
    BackendSettings,
    Cancelling,
    Capacity,
    Finished,
    Handle,
    Lost,
    Refusal,
    Started,
    TaskReference,
)
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.programs import Programs
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.runner.v1.runner_pb2 import Report

from godwit_core.backends import local_errors, runner_commands
from godwit_core.backends.host_size import host_size
from godwit_core.backends.live_logs import LiveLogs, read_log
from godwit_core.backends.memory import resident_memory
from godwit_core.backends.memory_limits import MemoryLimits
from godwit_core.backends.processes import RunnerProcess
from godwit_core.backends.results import finished, linked
from godwit_core.backends.runner_pool import RunnerPool
from godwit_core.backends.shared_runners import SharedRunners
from godwit_core.backends.spawning import PYTHON_RUNNER
from godwit_core.backends.staging import Staging
from godwit_core.backends.watchdog import Guarded

FAST_US = 2_000
"""A task that takes less, on average, is sent ahead."""
WINDOW_US = 5_000
"""How much work is sent ahead to one runner."""
MAX_WINDOW = 32
SPARE = 2
"""How many idle runners of other programs are kept beside those that there is work for."""
RECYCLE_AFTER = 100_000
"""A runner that has run so many attempts makes way for a fresh one, unless the settings say otherwise."""


class LocalBackend:
    """Runs attempts in processes on this host. See the module's text."""

    def __init__(self) -> None:
        self._runners: list[RunnerProcess] = []
        self._idle: list[RunnerProcess] = []
        self._pending: deque[AttemptRequest] = deque()
        self._where: dict[str, RunnerProcess] = {}
        self._mean_us: dict[int, float] = {}
        self._ran: dict[int, int] = {}
        self._startable: set[tuple[str, ...]] = set()

    def open(self, host: BackendHost) -> None:
        """Start the first runner, so that it is up when the first attempt comes; others start when there is work.

        The setting `prestarted_runner` hands over one that is starting already; `recycle_after` says after how many
        attempts a runner makes way for a fresh one.
        """
        plugins = partial(load_plugins, disabled=disabled_plugins(host.settings))
        self._host = self._staging = host = Staging(host, plugins, self._take_staged)
        self._workers = max(1, host.settings.workers)
        self._programs = Programs(plugins)
        self._pool = RunnerPool(host, runner_options(host.settings), os.environ, self._programs)
        self._shared = SharedRunners(host, self._pool, self._workers, self._give_unused)
        self._live_logs = LiveLogs(host, self._untold)
        self._memory = MemoryLimits(host, self._end_for_memory)
        self._host_size = host_size(host.settings.options)
        self._recycle_after = int(host.settings.options.get("recycle_after", RECYCLE_AFTER))
        handed_over = host.settings.options.get("prestarted_runner", "")
        waits = host.settings.options.get("first_runner") == "when needed"
        runner = self._pool.adopt(handed_over, self) if handed_over else None
        if runner is None and not waits:
            runner = self._pool.start(PYTHON_RUNNER, self)
        if runner is not None:
            self._runners.append(runner)
            self._idle.append(runner)

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what is missing for this host to run *task*."""
        if not task.command:
            return ["It has no program, so it cannot run in a process of this host."]
        missing = self._programs.problems(task.command)
        return [*missing, *self._host_size.shortages(TaskSpec.FromString(task.spec).resources)]

    def capacity(self) -> Capacity:
        """Return the idle runners and those that may still be started, and how much may be sent ahead."""
        busy = len(self._runners) - len(self._idle)
        waiting = len(self._pending) + self._staging.bringing
        immediate = max(0, self._workers - busy - waiting)
        held = len(self._where) + waiting
        ahead = max(0, self._workers * MAX_WINDOW - held - immediate)
        size = self._host_size
        return Capacity(immediate, ahead, size.cpu_millis, size.memory_bytes, self._shared.places)

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Take attempts; send what there is room for."""
        known = self._where
        shared = []
        refusals: dict[str, Refusal] = {}
        for request in requests:
            if request.task.command not in self._startable and (refusal := self._refusal(request)):
                refusals[request.id] = refusal
            elif request.task.local_files_only and self._staging.takes(request):
                continue
            elif request.shares_process:
                shared.append(request)
            elif request.id not in known:
                self._pending.append(request)
        if shared:
            self._shared.submit(shared)
        self._dispatch()
        return [refusals.get(request.id) or Handle(request.id) for request in requests]

    def _take_staged(self, request: AttemptRequest) -> None:
        self.submit([request])

    def _refusal(self, request: AttemptRequest) -> Refusal | None:
        """Return why the runner of an attempt cannot be started here; None, and never asked again: it can be."""
        problems = self._programs.problems(request.task.command)
        if problems:
            return Refusal(request.id, local_errors.cannot_start(problems[0]))
        self._startable.add(request.task.command)
        return None

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Report every attempt as lost: the runners of an engine end with it."""
        error = local_errors.engine_lost()
        self._host.push([Lost(request.id, error) for request, _ in known])

    def cancel(self, ids: Sequence[str]) -> None:
        """End the runner of each attempt under way; drop the others. Of those that share a runner, end each alone."""
        for identifier in self._shared.cancel(self._staging.cancel(ids)):
            runner = self._where.get(identifier)
            if runner is None:
                self._drop_pending(identifier)
            elif runner.in_flight and runner.in_flight[0].id == identifier:
                if identifier not in runner.cancelled:
                    self._host.push([Cancelling(identifier, runner.place)])
                runner.cancelled.add(identifier)
                self._pool.terminate(runner)
            elif identifier not in runner.cancelled:
                runner.cancelled.add(identifier)
                self._pool.send(runner, runner_commands.drop(identifier))

    def logs(self, handle: Handle) -> Iterator[bytes]:
        """Yield what an attempt under way wrote so far; of one that has ended, the engine's slice says it all."""
        runner = self._where.get(handle.id)
        if runner is not None and runner.in_flight[0].id == handle.id:
            return read_log(self._pool.logs, runner.open_log())
        shared = self._shared.log_of(handle.id)
        return iter(()) if shared is None else read_log(self._pool.logs, shared)

    def close(self) -> None:
        """End every runner, the idle ones politely."""
        self._pool.close(lambda runner: self._memory.forget(runner.process))
        self._staging.close()
        self._runners.clear()
        self._idle.clear()

    # Sending.

    def _dispatch(self) -> None:
        """Send pending attempts to idle runners, then ahead to busy ones; start runners while there may be more."""
        batches: dict[int, tuple[RunnerProcess, list[AttemptRequest]]] = {}
        held_back: deque[AttemptRequest] = deque()
        while self._pending:
            request = self._pending.popleft()
            runner = self._place(request)
            if runner is None:
                held_back.append(request)
                if len(held_back) > self._workers:
                    break
                continue
            batches.setdefault(runner.process, (runner, []))[1].append(request)
            runner.take(request)
            self._where[request.id] = runner
            if len(runner.in_flight) == 1:
                self._begin(runner)
        held_back.extend(self._pending)
        self._pending = held_back
        for runner, requests in batches.values():
            self._send_run(runner, requests)

    def _place(self, request: AttemptRequest) -> RunnerProcess | None:
        for position in range(len(self._idle) - 1, -1, -1):
            if self._idle[position].serves(request.task) and self._has_room(self._idle[position], request):
                return self._idle.pop(position)
        if len(self._runners) - len(self._idle) < self._workers:
            self._make_room(request.task)
            return self._start(request.task)
        mean_us = self._mean_us.get(request.task.key)
        if mean_us is None or mean_us > FAST_US:
            return None
        window = min(MAX_WINDOW, int(WINDOW_US / max(mean_us, 100.0)))
        open_runners = (one for one in self._runners if one.serves(request.task) and not one.ending)
        shortest = min(open_runners, key=lambda one: len(one.in_flight), default=None)
        return shortest if shortest is not None and len(shortest.in_flight) < window else None

    def _make_room(self, task: TaskReference) -> None:
        """Let an idle runner go, that of the same program first, where there would be too many with another one.

        Those of other programs are kept, a few of them: a workflow of tasks in several languages comes back to each.
        """
        if len(self._runners) < self._workers or not self._idle:
            return
        same = next((one for one in self._idle if one.command == task.command), None)
        if same is not None or len(self._runners) >= self._workers + SPARE:
            going = same or self._idle[0]
            self._idle.remove(going)
            self._pool.retire(going)

    def _has_room(self, runner: RunnerProcess, request: AttemptRequest) -> bool:
        """Return whether what earlier attempts have left in a runner leaves room for one with limited memory."""
        if not request.memory_bytes or not self._ran.get(runner.process):
            return True
        return resident_memory(runner.process) <= request.memory_bytes // 2

    def _begin(self, runner: RunnerProcess) -> None:
        """Take note that the first of the runner's attempts begins."""
        runner.began_s = time.monotonic()
        self._memory.begin(runner.process, runner.in_flight[0].memory_bytes)
        self._live_logs.look_soon()

    def _end_for_memory(self, excess: Guarded) -> None:
        """Kill the runner whose attempt takes more memory than it may."""
        runner = next(runner for runner in self._runners if runner.process == excess.group)
        runner.excess = excess
        self._pool.kill(runner)

    def _send_run(self, runner: RunnerProcess, requests: Sequence[AttemptRequest]) -> None:
        for request in requests:
            if request.task.key not in runner.prepared:
                runner.prepared.add(request.task.key)
                self._pool.send(runner, runner_commands.prepare(request.task))
        self._pool.send(runner, runner_commands.run(requests))

    # Receiving.

    def reported(self, runner: RunnerProcess, reports: Sequence[Report]) -> None:
        """Take what a runner reports. See `Listener`."""
        events: list[BackendEvent] = []
        for report in reports:
            kind = report.WhichOneof("kind")
            if kind == "result":
                self._take_result(runner, report, events)
            elif kind == "dropped":
                self._take_dropped(runner, report.dropped.id, events)
            elif kind == "linked":
                events.append(linked(report.linked))
        if not runner.in_flight and not runner.ending and runner not in self._idle:
            self._rest(runner)
        elif events and runner.in_flight and not runner.ending:
            # Only of the one that is under way now: those before it have ended already.
            events.append(Started(runner.in_flight[0].id, f"process {runner.process}"))
        if self._pending:
            self._dispatch()
        if events:
            self._host.push(events)

    def _take_result(self, runner: RunnerProcess, report: Report, events: list[BackendEvent]) -> None:
        result = report.result
        if not runner.in_flight or runner.in_flight[0].id != result.id:
            return
        request = runner.in_flight.popleft()
        del self._where[request.id]
        runner.cancelled.discard(request.id)
        self._ran[runner.process] = self._ran.get(runner.process, 0) + 1
        runner.cpu_us += result.usage.cpu_micros
        wall_us = result.usage.wall_micros
        mean_us = self._mean_us.get(request.task.key, wall_us)
        self._mean_us[request.task.key] = max(wall_us, 0.8 * mean_us + 0.2 * wall_us)
        if result.HasField("log"):
            runner.log_end = result.log.end
        # It may say something still while it is ended for its memory: that its child was killed, for one.
        killed = self._memory.end(runner.process) or runner.excess
        runner.excess = None
        if killed is not None:
            result.ClearField("outputs")
            result.error.ParseFromString(local_errors.out_of_memory(killed.peak, killed.limit))
            result.usage.peak_memory_bytes = killed.peak
        events.append(finished(result))
        if runner.in_flight and not runner.ending:
            self._begin(runner)

    def _take_dropped(self, runner: RunnerProcess, identifier: str, events: list[BackendEvent]) -> None:
        if self._where.pop(identifier, None) is None:
            return
        runner.in_flight = deque(one for one in runner.in_flight if one.id != identifier)
        runner.cancelled.discard(identifier)
        events.append(Finished(identifier, error=local_errors.cancelled()))

    def _rest(self, runner: RunnerProcess) -> None:
        """Keep an idle runner warm, unless it has run long enough."""
        if self._ran.get(runner.process, 0) >= self._recycle_after:
            self._pool.retire(runner)
        else:
            self._idle.append(runner)

    # Starting and ending runners.

    def _start(self, task: TaskReference) -> RunnerProcess:
        on_standard_input = task.socket_on_standard_input
        runner = self._pool.start(task.command, self, socket_on_standard_input=on_standard_input)
        self._runners.append(runner)
        return runner

    def _give_unused(self, task: TaskReference) -> RunnerProcess | None:
        """Give away an idle runner that has run nothing yet and may run *task*."""
        for runner in self._idle:
            if not self._ran.get(runner.process) and runner.serves(task):
                self._idle.remove(runner)
                self._runners.remove(runner)
                return runner
        return None

    def _untold(self) -> Iterator[RunnerProcess]:
        """Yield the runners under way."""
        return (runner for runner in self._runners if runner.in_flight and not runner.ending)

    def ended(self, runner: RunnerProcess, status: int, reports: Sequence[Report]) -> None:
        """Tell what became of the attempts of a runner that is gone. See `Listener`."""
        self._runners.remove(runner)
        if runner in self._idle:
            self._idle.remove(runner)
        self._ran.pop(runner.process, None)
        events: list[BackendEvent] = []
        for report in reports:
            if report.WhichOneof("kind") == "result":
                self._take_result(runner, report, events)
        runner.excess = self._memory.end(runner.process) or runner.excess
        self._memory.forget(runner.process)
        self._bury(runner, status, events)
        if events:
            self._host.push(events)
        self._dispatch()

    def _bury(self, runner: RunnerProcess, status: int, events: list[BackendEvent]) -> None:
        """Tell what became of the attempts of a runner that has ended: only the first had started."""
        for position, request in enumerate(runner.in_flight):
            del self._where[request.id]
            usage = runner.usage() if position == 0 else b""
            log, words = runner.last_words(self._pool.logs) if position == 0 else (b"", "")
            if request.id in runner.cancelled:
                events.append(Finished(request.id, error=local_errors.cancelled(), usage=usage, log=log))
            elif position == 0 and runner.excess is not None:
                error = local_errors.out_of_memory(runner.excess.peak, runner.excess.limit)
                events.append(Finished(request.id, error=error, usage=usage, log=log))
            elif position == 0:
                events.append(Lost(request.id, local_errors.runner_lost(status, words), usage=usage, log=log))
            else:
                self._pending.appendleft(request)
        runner.in_flight.clear()

    def _drop_pending(self, identifier: str) -> None:
        kept = deque(one for one in self._pending if one.id != identifier)
        if len(kept) < len(self._pending):
            self._pending = kept
            self._host.push([Finished(identifier, error=local_errors.cancelled())])


def runner_options(settings: BackendSettings) -> list[str]:
    """Return the arguments that tell a runner how its engine is set up."""
    options = ["--durable"] if settings.options.get("durability") == "disk" else []
    for name in disabled_plugins(settings):
        options += ["--disable-plugin", name]
    return options


def disabled_plugins(settings: BackendSettings) -> list[str]:
    """Return the names of the plugins that the engine goes on without."""
    return settings.options.get("disabled_plugins", "").split()
