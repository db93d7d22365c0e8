"""Backends for services that are asked, and do not tell: a job is created, polled until it ends, and deleted.

A plugin writes five small methods about its service (`create`, `find`, `poll`, `delete`, `check`), each a plain
blocking call. This class makes a `Backend` of them: it calls them on one thread of its own, polls in batches, keeps
to the service's limits, waits as long as the service says, and never creates a job twice:

1. `submit` answers at once, with a handle that is the job's name. The name follows from the attempt's id.
2. On the polling thread the job is created under that name. When the answer is lost, `find` is asked for the name
before
   `create` is tried again.
3. Jobs are polled together. The end that `poll` tells of is pushed once.
4. `cancel` deletes the job, and is confirmed when `poll` says it is gone.
5. After a restart of the engine, `attach` asks `find` for the name. Nothing else is remembered anywhere.
"""

import hashlib
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendEvent,
    BackendHost,
    Cancelling,
    Capacity,
    Finished,
    Handle,
    Lost,
    Progress,
    Refusal,
    Started,
    TaskReference,
)
from godwit_plugin_api.rate_limits import RateLimit
from godwit_plugin_api.service_jobs import JobPhase, JobRejected, JobStatus, PollingLimits, RetryLater


class PollingBackend(ABC):
    """A `Backend` over a service that is polled. Subclasses say how the service is called; see the module's text."""

    def __init__(
        self, limits: PollingLimits | None = None, *, clock: Callable[[], float] = time.monotonic, threaded: bool = True
    ) -> None:
        """Keep to *limits*. *clock* and *threaded* are for tests: without a thread, the test calls `turn`."""
        self._limits = limits or PollingLimits()
        self._clock = clock
        self._threaded = threaded
        self._host: BackendHost | None = None
        self._orders: deque[Callable[[], None]] = deque()
        # Added to on the engine's thread, taken from on the polling thread: single operations, which cannot tear.
        self._live: set[str] = set()
        self._jobs: dict[str, _Job] = {}
        self._reads = RateLimit(self._limits.reads_per_s, self._limits.burst)
        self._writes = RateLimit(self._limits.writes_per_s, self._limits.burst)
        self._paused_until = float("-inf")
        self._pauses = 0
        self._wanted = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    # ----- What a plugin writes. All but `check` are called on the polling thread, and may block. -----

    @abstractmethod
    def create(self, name: str, request: AttemptRequest) -> str:
        """Create the job *name* for *request*, and return the id by which the service knows it.

        Where the service takes a name, a label or an idempotency token, *name* is it; `find` looks for it.

        Raises:
            RetryLater: the service could not answer; whether the job was created is unknown.
            JobRejected: the service will never take it.
        """

    @abstractmethod
    def find(self, name: str) -> str | None:
        """Return the id of the job that was created as *name*, or None.

        Raises:
            RetryLater: the service could not answer.
        """

    @abstractmethod
    def poll(self, ids: Sequence[str]) -> Sequence[JobStatus]:
        """Return how each job stands, in the order of *ids*.

        Raises:
            RetryLater: the service could not answer.
        """

    @abstractmethod
    def delete(self, job_id: str) -> None:
        """Ask the service to end the job. Idempotent; a job that the service does not know is no error.

        Raises:
            RetryLater: the service could not answer.
        """

    def check(self, task: TaskReference) -> Sequence[str]:  # noqa: ARG002 - for subclasses
        """Return what is wrong with *task*; see `Backend`. Called on the engine's thread."""
        return ()

    # ----- The verbs of a backend, on the engine's thread -----

    def open(self, host: BackendHost) -> None:
        """Start the polling thread."""
        self._host = host
        if self._threaded:
            self._thread = threading.Thread(target=self._run, name=f"{type(self).__name__} polling", daemon=True)
            self._thread.start()

    def capacity(self) -> Capacity:
        """Return how many more jobs the service may hold."""
        return Capacity(immediate=max(0, self._limits.max_jobs - len(self._live)))

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Take attempts; their jobs are created on the polling thread."""
        return [self._take(request, _Step.CREATE) for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Find the jobs of attempts of an engine before this one."""
        for request, _ in known:
            self._take(request, _Step.FIND)

    def cancel(self, ids: Sequence[str]) -> None:
        """Have jobs deleted; confirmed when they are gone."""
        for attempt_id in ids:
            self._order(lambda attempt_id=attempt_id: self._mark_cancelled(attempt_id))  # type: ignore[misc]

    def logs(self, handle: Handle) -> Iterator[bytes]:  # noqa: ARG002 - for subclasses
        """Yield nothing; subclasses may fetch the job's log."""
        return iter(())

    def close(self) -> None:
        """End the polling thread; jobs go on, and are found again by `attach`."""
        self._closing = True
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _take(self, request: AttemptRequest, step: "_Step") -> Handle:
        name = job_name(request.id)
        if request.id not in self._live:
            self._live.add(request.id)
            self._order(lambda: self._jobs.setdefault(request.id, _Job(name, request, step)))
        return Handle(request.id, name.encode())

    def _order(self, order: Callable[[], object]) -> None:
        self._orders.append(order)  # type: ignore[arg-type]
        self._wanted.set()

    # ----- The polling thread -----

    def _run(self) -> None:
        while not self._closing:
            delay_s = self.turn()
            self._wanted.wait(delay_s)
            self._wanted.clear()

    def turn(self) -> float | None:
        """Do what is due and allowed now; return seconds until something may be due again, None: not by itself."""
        while self._orders:
            self._orders.popleft()()
        while not self._closing and self._clock() >= self._paused_until:
            call = self._next_call()
            if call is None:
                break
            self._perform(call)
        return self._delay_s()

    def _next_call(self) -> "Callable[[], None] | None":
        """Return the next call that is due and within its limit: ends first, then beginnings, then questions."""
        now = self._clock()
        due = [job for job in self._jobs.values() if job.due_at <= now]
        for step, limit, act in (
            (_Step.DELETE, self._writes, self._delete),
            (_Step.FIND, self._reads, self._find),
            (_Step.CREATE, self._writes, self._create),
        ):
            job = next((job for job in due if job.step == step), None)
            if job is not None and limit.take(now):
                return lambda act=act, job=job: act(job)  # type: ignore[misc]
        asked = [job for job in due if job.step == _Step.POLL][: self._limits.batch_size]
        if asked and self._reads.take(now):
            return lambda: self._poll(asked)
        return None

    def _perform(self, call: Callable[[], None]) -> None:
        try:
            call()
        except RetryLater as error:
            self._pauses += 1
            backoff_s = min(self._limits.max_backoff_s, self._limits.backoff_s * 2 ** (self._pauses - 1))
            self._paused_until = self._clock() + (backoff_s if error.retry_after_s is None else error.retry_after_s)
        else:
            self._pauses = 0

    def _create(self, job: "_Job") -> None:
        job.tries += 1
        try:
            job.service_id = self.create(job.name, job.request)
        except RetryLater as error:
            # Whether it was created is unknown: ask for its name first.
            job.step = _Step.FIND
            if job.tries >= self._limits.create_tries:
                message = f"The job could not be created in {job.tries} tries: {error}"
                self._end(job, Lost(job.request.id, attempt_errors.lost(message, code="BACKEND_UNAVAILABLE")))
            raise
        except JobRejected as error:
            self._end(job, Finished(job.request.id, error=error.error))
        except Exception as error:  # noqa: BLE001 - a defect of the plugin is the attempt's error, not the engine's end
            self._end(job, Finished(job.request.id, error=_defect("create", error)))
        else:
            self._created(job)

    def _find(self, job: "_Job") -> None:
        try:
            service_id = self.find(job.name)
        except RetryLater:
            raise
        except Exception as error:  # noqa: BLE001 - as in _create
            self._end(job, Finished(job.request.id, error=_defect("find", error)))
            return
        if service_id is not None:
            job.service_id = service_id
            self._created(job)
        elif job.cancelled:
            self._end(job, Finished(job.request.id, error=attempt_errors.cancelled()))
        elif job.tries:
            job.step = _Step.CREATE
        else:
            self._end(job, Lost(job.request.id, attempt_errors.lost(f"The service has no job {job.name}.")))

    def _created(self, job: "_Job") -> None:
        job.step = _Step.DELETE if job.cancelled else _Step.POLL
        job.due_at = self._clock()

    def _delete(self, job: "_Job") -> None:
        try:
            self.delete(job.service_id)
        except RetryLater:
            raise
        except Exception as error:  # noqa: BLE001 - as in _create
            self._end(job, Finished(job.request.id, error=_defect("delete", error)))
            return
        job.step = _Step.POLL
        job.due_at = self._clock()

    def _poll(self, jobs: "Sequence[_Job]") -> None:
        try:
            statuses = self.poll([job.service_id for job in jobs])
        except RetryLater:
            raise
        except Exception as error:  # noqa: BLE001 - as in _create
            for job in jobs:
                self._end(job, Finished(job.request.id, error=_defect("poll", error)))
            return
        events: list[BackendEvent] = []
        interval_s = self._limits.poll_interval_s
        for job, status in zip(jobs, statuses, strict=True):
            # On a common grid, so that jobs created at different times are asked for together.
            job.due_at = (self._clock() // interval_s + 1) * interval_s
            event = _event(job, status)
            if isinstance(event, (Finished, Lost)):
                self._end(job, event)
            elif event is not None:
                events.append(event)
        self._push(events)

    def _mark_cancelled(self, attempt_id: str) -> None:
        job = self._jobs.get(attempt_id)
        if job is None or job.cancelled:
            return
        job.cancelled = True
        job.due_at = self._clock()
        if job.step == _Step.CREATE:
            self._end(job, Finished(attempt_id, error=attempt_errors.cancelled()))
            return
        self._push([Cancelling(attempt_id, f"job {job.name}")])
        if job.step == _Step.POLL:
            job.step = _Step.DELETE

    def _end(self, job: "_Job", event: Finished | Lost) -> None:
        del self._jobs[job.request.id]
        self._push([event])
        self._live.discard(job.request.id)

    def _push(self, events: Sequence[BackendEvent]) -> None:
        if events and self._host is not None:
            self._host.push(events)

    def _delay_s(self) -> float | None:
        if not self._jobs:
            return None
        now = self._clock()
        if now < self._paused_until:
            return self._paused_until - now
        first = min(self._jobs.values(), key=lambda job: job.due_at)
        if first.due_at > now:
            return first.due_at - now
        writes = any(job.step in {_Step.CREATE, _Step.DELETE} for job in self._jobs.values() if job.due_at <= now)
        reads = any(job.step in {_Step.FIND, _Step.POLL} for job in self._jobs.values() if job.due_at <= now)
        delays = [self._writes.delay_s(now)] * writes + [self._reads.delay_s(now)] * reads
        return max(0.001, min(delays))


class _Step(Enum):
    """The call that a job needs next."""

    CREATE = auto()
    FIND = auto()
    POLL = auto()
    DELETE = auto()


@dataclass(slots=True)
class _Job:
    """A job on the polling thread: the call it needs next, and when."""

    name: str
    request: AttemptRequest
    step: _Step
    service_id: str = ""
    tries: int = 0
    due_at: float = field(default=float("-inf"))
    cancelled: bool = False
    started: bool = False


def job_name(attempt_id: str) -> str:
    """Return the name of an attempt's job: 47 lower-case letters, digits and hyphens, the same on every machine."""
    return "godwit-" + hashlib.sha256(attempt_id.encode()).hexdigest()[:40]


def _event(job: _Job, status: JobStatus) -> BackendEvent | None:
    attempt_id = job.request.id
    if status.phase is JobPhase.SUCCEEDED:
        return Finished(attempt_id, outputs=status.outputs)
    if status.phase is JobPhase.FAILED:
        return Finished(attempt_id, error=attempt_errors.cancelled() if job.cancelled else status.error)
    if status.phase is JobPhase.GONE:
        if job.cancelled:
            return Finished(attempt_id, error=attempt_errors.cancelled())
        return Lost(attempt_id, attempt_errors.lost(f"The service does not know the job {job.name} any more."))
    if status.phase is JobPhase.PENDING:
        return None
    if not job.started:
        job.started = True
        return Started(attempt_id, status.worker, status.links)
    return Progress(attempt_id, status.fraction, status.links)


def _defect(verb: str, error: Exception) -> bytes:
    return attempt_errors.encoded_error(
        "BACKEND_DEFECT", f"The backend's {verb} raised {type(error).__name__}: {error}"
    )
