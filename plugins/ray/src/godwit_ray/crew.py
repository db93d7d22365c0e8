"""The residents of one gateway: who runs what, how many there are, and what becomes of the work of those that are lost.

Everything happens on one event loop. Attempts of tasks that take next to no time are sent some at a time.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import ray
from godwit_plugin_api import attempt_errors
from godwitidl.plugins.ray.v1.ray_pb2 import GatewayReport
from godwitidl.runner.v1.runner_pb2 import Run

from godwit_ray.actor import Mailbox, ResidentActor
from godwit_ray.archives import Archives
from godwit_ray.endings import end_resident
from godwit_ray.members import CrewSettings, Log, Member, Shape, Work, storage_problem
from godwit_ray.resident import Told
from godwit_ray.resident_errors import is_of_node, lost, refused, start_refused
from godwit_ray.room import Room
from godwit_ray.shared_objects import SharedObjects

_FAST_US: Final = 5_000
"""A task that takes less, on average, is sent some at a time."""
_WINDOW_US: Final = 20_000
"""How much work is sent at a time."""
_MOST_SENT: Final = 64
_AHEAD: Final = 2
"""How many lots of fast work one resident has at a time."""
_IDLE_S: Final = 30.0
"""A resident that nothing came to for so long leaves its processors to others."""
_LOOK_S: Final = 5.0
_TRIES: Final = 3
"""So often an attempt that had not begun is sent again when a resident is lost."""


class Crew:
    """Runs attempts in residents.

    Args:
        settings: how residents are set up.
        tell: takes what is to be told, as it happens.
    """

    def __init__(self, settings: CrewSettings, tell: Callable[[GatewayReport], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._works: dict[str, Work] = {}
        self._waiting: dict[Shape, deque[Work]] = {}
        self._members: dict[int, Member] = {}
        self._where: dict[str, Member] = {}
        self._numbers = 0
        self._mean_us: dict[int, float] = {}
        self._jobs: set[asyncio.Task[None]] = set()
        self._archives = Archives()
        self._objects = SharedObjects()
        self._resident_class = ray.remote(ResidentActor)
        self._mailbox = ray.remote(Mailbox).options(num_cpus=0, max_restarts=0).remote()
        self._room = Room(may_grow=settings.may_grow)

    @property
    def places(self) -> int:
        """How many attempts of one processor may run at a time."""
        return self._room.places

    def begin(self) -> None:
        """Listen to residents, and start the first."""
        self._do(self._listen())
        self._do(self._watch())
        self._hire(Shape(1.0, 0.0, 0))

    def is_known(self, identifier: str) -> bool:
        """Return whether an attempt is under way here."""
        return identifier in self._works

    def began(self, identifier: str) -> bool:
        """Return whether it was told that an attempt began."""
        return self._works[identifier].has_begun

    def is_idle(self) -> bool:
        """Return whether nothing is under way."""
        return not self._works

    def submit(self, works: Sequence[Work]) -> None:
        """Take attempts that are not known yet."""
        for work in works:
            self._works[work.attempt.id] = work
            self._waiting.setdefault(work.task.shape, deque()).append(work)
        self._dispatch()

    def cancel(self, identifier: str) -> None:
        """Bring about the end of an attempt, which is told when its resident is gone."""
        work = self._works.get(identifier)
        if work is None or work.is_cancelled:
            return
        work.is_cancelled = True
        member = self._where.get(identifier)
        if member is None:
            self._waiting[work.task.shape].remove(work)
            self._end_cancelled(work)
            return
        report = GatewayReport()
        report.waiting.id, report.waiting.waiting_on = identifier, f"process {member.worker} of Ray"
        self._tell(report)
        self._mailbox.end.remote(member.number, identifier)
        asyncio.get_running_loop().call_later(self._settings.grace_s + 0.5, self._end_hard, member, work)

    # Sending.

    def _dispatch(self) -> None:
        for shape, waiting in self._waiting.items():
            while waiting and not self._room.fits_ever(shape):
                self._end(waiting.popleft(), refused("RAY_NO_SUCH_NODE", self._room.shortage(shape)))
            for member in list(self._members.values()):
                if member.shape == shape and member.is_ready and not member.is_ending:
                    self._feed(member, waiting)
            starting = sum(1 for one in self._members.values() if one.shape == shape and not one.is_ready)
            while len(waiting) > starting and self._make_room(shape):
                self._hire(shape)
                starting += 1

    def _feed(self, member: Member, waiting: deque[Work]) -> None:
        while waiting and (not member.batches or (member.batches < _AHEAD and self._window(waiting[0]) > 1)):
            lot = [waiting.popleft()]
            window = self._window(lot[0])
            ready = sum(1 for one in self._members.values() if one.shape == member.shape and one.is_ready)
            fair = max(1, -(-len(waiting) // max(1, ready)))
            while waiting and len(lot) < min(window, fair) and self._window(waiting[0]) > 1:
                lot.append(waiting.popleft())
            lot = self._storable(member, lot)
            if lot:
                self._send(member, lot)

    def _window(self, work: Work) -> int:
        mean_us = self._mean_us.get(work.task.number)
        if mean_us is None or mean_us > _FAST_US or work.tries:
            return 1
        return max(1, min(_MOST_SENT, int(_WINDOW_US / max(mean_us, 100.0))))

    def _storable(self, member: Member, lot: list[Work]) -> list[Work]:
        """Refuse attempts whose values would be written to a machine where nobody finds them; return the others."""
        if member.shares_files:
            return lot
        kept = []
        for work in lot:
            if message := storage_problem(work.attempt, member.worker):
                self._end(work, refused("RAY_STORAGE_NOT_SHARED", message))
            else:
                kept.append(work)
        return kept

    def _send(self, member: Member, lot: list[Work]) -> None:
        new = {work.task.number: work.task for work in lot if work.task.number not in member.prepared}
        member.prepared.update(new)
        run = Run()
        for work in lot:
            attempt = run.attempts.add()
            attempt.CopyFrom(work.attempt)
            attempt.task = work.task.number
            self._where[attempt.id] = member
        member.sent.extend(lot)
        member.batches += 1
        archives = {} if member.shares_files else self._archives.of([task.prepare.source_root for task in new.values()])
        near = self._objects.near([work.attempt for work in lot])
        answer = member.actor.run.remote(
            [task.encoded for task in new.values()], run.SerializeToString(), archives, near
        )
        self._do(self._await_lot(member, answer))

    async def _await_lot(self, member: Member, answer: Any) -> None:
        try:
            told, kept = await answer
        except Exception as error:  # noqa: BLE001 - whatever Ray raises, the resident is of no use any more
            if not member.is_ending:
                await self._lose(member, error)
            return
        self._objects.keep(kept)
        member.batches -= 1
        member.idle_since_s = time.monotonic()
        self._take(member, told)
        self._dispatch()

    # Receiving.

    async def _listen(self) -> None:
        while True:
            for source, told in await self._mailbox.take.remote():
                if source in self._members:
                    self._take(self._members[source], told)

    def _take(self, member: Member, told: Told) -> None:
        member.log.write(told.log_begin, told.log)
        for encoded in told.reports:
            report = GatewayReport.FromString(encoded)
            kind = report.WhichOneof("kind")
            if kind == "result":
                self._take_result(member, report)
            elif kind == "began" and (work := self._works.get(report.began.id)) and not work.has_begun:
                work.has_begun = True
                self._tell(report)
            elif kind in {"writing", "linked"}:
                about = report.writing.id if kind == "writing" else report.linked.id
                if about in self._works:
                    self._tell(report)

    def _take_result(self, member: Member, report: GatewayReport) -> None:
        result = report.result
        work = self._works.get(result.id)
        if work is None or self._where.get(result.id) is not member:
            return
        if result.HasField("log"):
            member.log.end_of_attempt(result.log.end)
        if result.error.code == "CANCELLED" and work.is_cancelled:
            # It has ended; what it started may have not. Its process goes with it.
            self._end_hard(member, work)
            return
        wall_us = result.usage.wall_micros
        mean_us = self._mean_us.get(work.task.number, wall_us)
        self._mean_us[work.task.number] = max(wall_us, 0.8 * mean_us + 0.2 * wall_us)
        member.sent.remove(work)
        self._forget(work)
        self._tell(report)

    # Ends.

    def _end_hard(self, member: Member, work: Work) -> None:
        """Kill the resident in which an attempt is that is to end."""
        if self._works.get(work.attempt.id) is work and self._where.get(work.attempt.id) is member:
            member.is_ending = True
            self._do(self._end_member(member))

    async def _end_member(self, member: Member) -> None:
        """Kill a resident, and what it has started where that is seen from here; wait until it is gone."""
        gone = await end_resident(member.actor, member.process, is_here=member.is_here)
        await self._lose(member, gone)

    async def _lose(self, member: Member, error: BaseException) -> None:
        """Tell what became of the work of a resident that is gone: only the first had begun."""
        if self._members.pop(member.number, None) is None:
            return
        if not member.is_ending:
            ray.kill(member.actor, no_restart=True)
        self._mailbox.forget.remote(member.number)
        log, words = member.log.last_words()
        for position, work in enumerate(list(member.sent)):
            if work.is_cancelled:
                self._end_cancelled(work)
            elif (position == 0 and member.is_ready and not member.is_ending) or work.tries >= _TRIES:
                report = GatewayReport()
                report.gone.id = work.attempt.id
                report.gone.error.ParseFromString(lost(error, member.worker, words))
                if log is not None:
                    report.gone.log.CopyFrom(log)
                self._tell_begun(work, member)
                self._forget(work)
                self._tell(report)
            else:
                work.tries += 1
                del self._where[work.attempt.id]
                self._waiting.setdefault(work.task.shape, deque()).appendleft(work)
        member.log.close()
        self._dispatch()

    def _tell_begun(self, work: Work, member: Member) -> None:
        if not work.has_begun:
            report = GatewayReport()
            report.began.id, report.began.worker = work.attempt.id, member.worker
            self._tell(report)

    def _end_cancelled(self, work: Work) -> None:
        self._end(work, attempt_errors.cancelled())

    def _end(self, work: Work, error: bytes) -> None:
        report = GatewayReport()
        report.result.id = work.attempt.id
        report.result.error.ParseFromString(error)
        self._forget(work)
        self._tell(report)

    def _forget(self, work: Work) -> None:
        del self._works[work.attempt.id]
        self._where.pop(work.attempt.id, None)

    # Residents.

    def _hire(self, shape: Shape) -> None:
        self._numbers += 1
        settings = self._settings
        log = Log(Path(settings.log_folder), f"ray-{settings.name}-{self._numbers}")
        actor = self._resident_class.options(max_restarts=0, **shape.options()).remote(
            self._numbers, self._mailbox, log.segment, list(settings.disabled), settings.durable, settings.marker
        )
        member = Member(self._numbers, shape, actor, log)
        self._members[member.number] = member
        self._do(self._welcome(member))

    async def _welcome(self, member: Member) -> None:
        try:
            place = await member.actor.place.remote()
        except Exception as error:  # noqa: BLE001 - whatever Ray raises, there is no such resident
            self._fail_start(member, error)
            return
        member.worker, member.shares_files, member.process = place.worker, place.shares_files, place.process
        member.is_here = place.shares_files and place.host == os.uname().nodename
        member.is_ready = True
        member.idle_since_s = time.monotonic()
        self._dispatch()

    def _fail_start(self, member: Member, error: BaseException) -> None:
        """Tell those that wait why there is no resident for them."""
        if self._members.pop(member.number, None) is None or member.is_ending:
            return
        waiting = self._waiting.get(member.shape)
        if is_of_node(error):
            self._room.look()
        elif waiting:
            work = waiting.popleft()
            self._end(work, start_refused(error))
        self._dispatch()

    def _make_room(self, shape: Shape) -> bool:
        """Return whether there is room for a resident; let one go that is idle, and of another shape, if not."""
        if self._fits(shape):
            return True
        for member in list(self._members.values()):
            needed = self._waiting.get(member.shape) if member.shape != shape else True
            if member.is_ready and not member.sent and not needed:
                self._dismiss(member)
                if self._fits(shape):
                    return True
        return False

    def _fits(self, shape: Shape) -> bool:
        return self._room.fits([member.shape for member in self._members.values()], shape)

    def _dismiss(self, member: Member) -> None:
        member.is_ending = True
        del self._members[member.number]
        self._mailbox.forget.remote(member.number)
        ray.kill(member.actor, no_restart=True)
        member.log.close()

    async def _watch(self) -> None:
        """Let residents go that nothing comes to, all but one, and look for new nodes."""
        while True:
            await asyncio.sleep(_LOOK_S)
            self._room.look()
            now = time.monotonic()
            for member in list(self._members.values()):
                is_idle = member.is_ready and not member.sent and now - member.idle_since_s > _IDLE_S
                if is_idle and len(self._members) > 1:
                    self._dismiss(member)
            self._dispatch()

    def _do(self, work: Any) -> None:
        job = asyncio.ensure_future(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
