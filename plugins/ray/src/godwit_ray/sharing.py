"""The residents of one gateway whose attempts are interleaved: those of `async` tasks, which mostly wait.

An attempt there takes no processor of the cluster. It is cancelled alone; if it does not end within the grace, its
process is killed, and its neighbours come again at no cost. When a process ends by itself, nobody knows which of its
attempts was the cause: each is lost as if it had been alone.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ray
from godwit_plugin_api import attempt_errors
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE
from godwitidl.plugins.ray.v1.ray_pb2 import GatewayReport
from godwitidl.runner.v1.runner_pb2 import Command

from godwit_ray.archives import Archives
from godwit_ray.endings import end_resident
from godwit_ray.members import CrewSettings, Log, Task, Work, storage_problem
from godwit_ray.resident import Told
from godwit_ray.resident_errors import is_of_node, lost, refused, start_refused
from godwit_ray.shared_actor import Exchange, SharedResidentActor

SHARED_BY: Final = 1_000
"""Most attempts under way in one resident."""
MOST: Final = 4
"""Most such residents."""
_CROWDED: Final = 100
"""Attempts in each from which on another one is started while there may be more."""
_TRIES: Final = 5
"""So often an attempt is given to another resident when the first could not be started because its node was lost."""
_IDLE_S: Final = 30.0
"""One that nothing came to for so long ends."""


@dataclass(slots=True, eq=False)
class _Shared:
    """A resident with its attempts, by their ids. *waiting*: those that came before it was ready."""

    number: int
    actor: Any
    log: Log
    works: dict[str, Work] = field(default_factory=dict)
    waiting: list[Work] = field(default_factory=list)
    prepared: set[int] = field(default_factory=set)
    is_ready: bool = False
    is_ending: bool = False
    is_killed: bool = False
    worker: str = ""
    process: int = 0
    shares_files: bool = False
    is_here: bool = False
    idle_since_s: float = field(default_factory=time.monotonic)


class Sharing:
    """Runs attempts that may share a process; to gateways it is as `Crew`.

    Args:
        settings: how residents are set up.
        tell: takes what is to be told, as it happens.
    """

    def __init__(self, settings: CrewSettings, tell: Callable[[GatewayReport], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._residents: dict[int, _Shared] = {}
        self._where: dict[str, _Shared] = {}
        self._numbers = 0
        self._jobs: set[asyncio.Task[None]] = set()
        self._archives = Archives()
        self._resident_class = ray.remote(SharedResidentActor)
        self._exchange: Any = None

    def is_known(self, identifier: str) -> bool:
        """Return whether an attempt is under way here."""
        return identifier in self._where

    def began(self, identifier: str) -> bool:
        """Return whether it was told that an attempt began."""
        return self._where[identifier].works[identifier].has_begun

    def is_idle(self) -> bool:
        """Return whether nothing is under way."""
        return not self._where

    def submit(self, works: Sequence[Work]) -> None:
        """Take attempts that are not known yet."""
        lots: dict[int, list[Work]] = {}
        for work in works:
            shared = self._place()
            shared.works[work.attempt.id] = work
            self._where[work.attempt.id] = shared
            lots.setdefault(shared.number, []).append(work)
        for number, lot in lots.items():
            shared = self._residents[number]
            if shared.is_ready:
                self._send(shared, lot)
            else:
                shared.waiting += lot

    def cancel(self, identifier: str) -> None:
        """Bring about the end of an attempt."""
        shared = self._where.get(identifier)
        if shared is None or shared.works[identifier].is_cancelled:
            return
        work = shared.works[identifier]
        work.is_cancelled = True
        if work in shared.waiting:
            shared.waiting.remove(work)
            self._end(work, attempt_errors.cancelled())
            return
        report = GatewayReport()
        report.waiting.id, report.waiting.waiting_on = identifier, f"process {shared.worker} of Ray"
        self._tell(report)
        command = Command()
        command.cancel.ids.append(identifier)
        self._exchange.order.remote(shared.number, [command.SerializeToString()], {})
        asyncio.get_running_loop().call_later(self._settings.grace_s, self._end_stubborn, shared, work)

    # A place for an attempt.

    def _place(self) -> _Shared:
        """Return the resident with the fewest attempts, another one while all are crowded."""
        open_ones = [one for one in self._residents.values() if not one.is_ending and len(one.works) < SHARED_BY]
        fewest = min(open_ones, key=lambda one: len(one.works), default=None)
        if fewest is not None and (len(fewest.works) < _CROWDED or len(self._residents) >= MOST):
            return fewest
        return self._hire()

    def _hire(self) -> _Shared:
        if self._exchange is None:
            self._exchange = ray.remote(Exchange).options(num_cpus=0, max_restarts=0, max_concurrency=1000).remote()
            self._do(self._listen())
            self._do(self._watch())
        self._numbers += 1
        settings = self._settings
        log = Log(Path(settings.log_folder), f"ray-{settings.name}-shared-{self._numbers}")
        # They wait more than they compute, and are spread over the nodes.
        options = {"num_cpus": 0, "max_restarts": 0, "scheduling_strategy": "SPREAD"}
        actor = self._resident_class.options(**options).remote(
            self._numbers, self._exchange, log.segment, list(settings.disabled), settings.durable, settings.marker
        )
        shared = self._residents[self._numbers] = _Shared(self._numbers, actor, log)
        self._do(self._welcome(shared))
        return shared

    async def _welcome(self, shared: _Shared) -> None:
        try:
            place = await shared.actor.place.remote()
        except Exception as error:  # noqa: BLE001 - whatever Ray raises, there is no such resident
            del self._residents[shared.number]
            for work in list(shared.works.values()):
                work.tries += 1
                if is_of_node(error) and work.tries <= _TRIES:
                    self._forget(work.attempt.id)
                    self.submit([work])
                else:
                    self._end(work, start_refused(error))
            return
        shared.worker, shared.process, shared.shares_files = place.worker, place.process, place.shares_files
        shared.is_here = place.shares_files and place.host == os.uname().nodename
        shared.is_ready = True
        waiting, shared.waiting = shared.waiting, []
        self._send(shared, waiting)
        try:
            await shared.actor.serve.remote()
        except Exception as error:  # noqa: BLE001 - likewise
            gone: BaseException = error
        else:
            gone = RuntimeError("its loop ended")
        if not shared.is_ending:
            self._lose(shared, gone)

    def _send(self, shared: _Shared, lot: Iterable[Work]) -> None:
        command, new = Command(), dict[int, Task]()
        for work in lot:
            message = "" if shared.shares_files else storage_problem(work.attempt, shared.worker)
            if message:
                self._end(work, refused("RAY_STORAGE_NOT_SHARED", message))
                continue
            if work.task.number not in shared.prepared:
                new[work.task.number] = work.task
            attempt = command.run.attempts.add()
            attempt.CopyFrom(work.attempt)
            attempt.task = work.task.number
            work.has_begun = True
            report = GatewayReport()
            report.began.id, report.began.worker = attempt.id, shared.worker
            self._tell(report)
        shared.prepared.update(new)
        commands = [Command(prepare=task.prepare).SerializeToString() for task in new.values()]
        if command.run.attempts:
            commands.append(command.SerializeToString())
        archives = {} if shared.shares_files else self._archives.of([task.prepare.source_root for task in new.values()])
        if commands:
            self._exchange.order.remote(shared.number, commands, archives)

    # Receiving.

    async def _listen(self) -> None:
        while True:
            for source, told in await self._exchange.take.remote():
                if source in self._residents:
                    self._take(self._residents[source], told)

    def _take(self, shared: _Shared, told: Told) -> None:
        shared.log.write(told.log_begin, told.log)
        for encoded in told.reports:
            report = GatewayReport.FromString(encoded)
            kind = report.WhichOneof("kind") or ""
            about: str = getattr(report, kind).id
            if about not in shared.works:
                continue
            if kind == "result":
                if shared.works[about].is_cancelled:
                    report.result.ClearField("outputs")
                    report.result.error.ParseFromString(attempt_errors.cancelled())
                self._forget(about)
            self._tell(report)

    # Ends.

    def _end_stubborn(self, shared: _Shared, work: Work) -> None:
        """Kill a resident with an attempt that has not ended though its grace is over."""
        if shared.works.get(work.attempt.id) is work and not shared.is_ending:
            shared.is_ending = shared.is_killed = True
            self._do(self._end_resident(shared))

    async def _end_resident(self, shared: _Shared) -> None:
        gone = await end_resident(shared.actor, shared.process, is_here=shared.is_here)
        self._lose(shared, gone)

    def _lose(self, shared: _Shared, error: BaseException) -> None:
        """Tell what became of the attempts of a resident that is gone."""
        shared.is_ending = True
        if self._residents.pop(shared.number, None) is None:
            return
        for work in list(shared.works.values()):
            if work.is_cancelled:
                self._end(work, attempt_errors.cancelled())
                continue
            report = GatewayReport()
            report.gone.id = work.attempt.id
            report.gone.error.ParseFromString(
                _neighbour_killed() if shared.is_killed else lost(error, shared.worker, "")
            )
            self._forget(work.attempt.id)
            self._tell(report)
        shared.log.close()

    def _end(self, work: Work, error: bytes) -> None:
        report = GatewayReport()
        report.result.id = work.attempt.id
        report.result.error.ParseFromString(error)
        self._forget(work.attempt.id)
        self._tell(report)

    def _forget(self, identifier: str) -> None:
        shared = self._where.pop(identifier)
        del shared.works[identifier]
        shared.idle_since_s = time.monotonic()

    async def _watch(self) -> None:
        """Let residents go that nothing comes to."""
        while True:
            await asyncio.sleep(_IDLE_S / 6)
            for shared in list(self._residents.values()):
                is_idle = shared.is_ready and not shared.works and time.monotonic() - shared.idle_since_s > _IDLE_S
                if is_idle and not shared.is_ending:
                    shared.is_ending = True
                    del self._residents[shared.number]
                    ray.kill(shared.actor, no_restart=True)
                    shared.log.close()

    def _do(self, work: Any) -> None:
        job = asyncio.ensure_future(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)


def _neighbour_killed() -> bytes:
    message = (
        "The process that the attempt shared with others was killed: another attempt in it was cancelled, and did not"
        " end. This attempt is tried again at no cost."
    )
    return attempt_errors.encoded_error("NEIGHBOUR_KILLED", message, blame=BLAME_INFRASTRUCTURE)
