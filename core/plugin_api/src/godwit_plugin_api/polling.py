"""Backends for services that are asked, and do not tell: a job is created, polled until it ends, and deleted.

A plugin writes five small methods about its service (`create`, `find`, `poll`, `delete`, `check`), each a plain
blocking call. This class makes a `Backend` of them: it calls them on one thread of its own, polls in batches, keeps
to the service's limits, waits as long as the service says, and never creates a job twice:

1. `submit` answers at once, with a handle that is the job's name. The name follows from the attempt's id.
2. On the polling thread the job is created under that name. When the answer is lost, `find` is asked for the name
   before `create` is tried again.
3. Jobs are polled together. The end that `poll` tells of is pushed once.
4. `cancel` deletes the job, and is confirmed when `poll` says it is gone.
5. After a restart of the engine, `attach` asks `find` for the name. Nothing else is remembered anywhere. A job that was
   promised by a handle, and is not there, was not created in time: it is created now.

A service may have several sites: accounts, regions, hosts. `site` says which one an attempt's job is at. Each has its
own limits (`limits_of`), and only it is left alone when it asks for that. Where `PollingLimits.shared_jobs` is set, the
engines that share a home have so many jobs there together; further ones wait for a place.
"""

import hashlib
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence

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
    Refusal,
    TaskReference,
)
from godwit_plugin_api.handles import unreadable
from godwit_plugin_api.polling_jobs import QUOTA_WAIT_S, Job, Site, Step, events_of, site_quota
from godwit_plugin_api.service_jobs import JobRejected, JobStatus, JobUncertain, PollingLimits, RetryLater


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
        self._jobs: dict[str, Job] = {}
        self._requests: dict[str, AttemptRequest] = {}
        self._sites: dict[str, Site] = {}
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
            JobRejected: the service will never say; the attempt fails with the error.
            JobUncertain: the service does not know names; the attempt is lost, which its infrastructure budget pays.
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
            JobRejected: the service will not end it; the attempt fails with the error, though the job goes on.
        """

    def check(self, task: TaskReference) -> Sequence[str]:  # noqa: ARG002 - for subclasses
        """Return what is wrong with *task*; see `Backend`. Called on the engine's thread."""
        return ()

    def site(self, request: AttemptRequest) -> str:  # noqa: ARG002 - for subclasses
        """Return at which of the service's sites the job of *request* is: an account, a region, a host."""
        return ""

    def limits_of(self, request: AttemptRequest) -> PollingLimits:  # noqa: ARG002 - for subclasses
        """Return what the site of *request* bears. Asked for the first request of each site."""
        return self._limits

    def request_of(self, name: str) -> AttemptRequest:
        """Return what the live job *name* was made of: for `find`, and for `poll` by a subclass that keeps names.

        Raises:
            KeyError: there is no such job.
        """
        return self._requests[name]

    def knows(self, name: str) -> bool:
        """Return whether *name* is a job under way."""
        return name in self._requests

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
        return [self._take(request, Step.CREATE) for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Find the jobs of attempts of an engine before this one."""
        for request, handle in known:
            name = job_name(request.id).encode()
            if handle.data in {b"", name}:
                self._take(request, Step.FIND, promised=handle.data == name)
            else:
                self._push([unreadable(handle)])

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

    def _take(self, request: AttemptRequest, step: Step, *, promised: bool = False) -> Handle:
        name = job_name(request.id)
        if request.id not in self._live:
            self._live.add(request.id)
            self._requests[name] = request
            self._order(lambda: self._begin(name, request, step, promised=promised))
        return Handle(request.id, name.encode())

    def _begin(self, name: str, request: AttemptRequest, step: Step, *, promised: bool) -> None:
        if request.id in self._jobs:
            return
        try:
            site_name = self.site(request)
            if site_name not in self._sites:
                limits = self.limits_of(request)
                home = "" if self._host is None else self._host.settings.home
                self._sites[site_name] = Site(limits, site_quota(home, site_name, limits))
        except Exception as error:  # noqa: BLE001 - a defect of the plugin is the attempt's error, not the engine's end
            self._requests.pop(name, None)
            self._push([Finished(request.id, error=_defect("site", error))])
            self._live.discard(request.id)
            return
        self._jobs[request.id] = Job(name, request, step, self._sites[site_name], promised=promised)

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
        acted = True
        while acted and not self._closing:
            acted = False
            for site, jobs in self._by_site().items():
                asked, call = self._next_call(site, jobs)
                if call is not None:
                    acted = True
                    self._perform(site, asked, call)
        return self._delay_s()

    def _by_site(self) -> dict[Site, list[Job]]:
        now = self._clock()
        found: dict[Site, list[Job]] = {}
        for job in self._jobs.values():
            if now >= job.site.paused_until:
                found.setdefault(job.site, []).append(job)
        return found

    def _next_call(self, site: Site, jobs: Sequence[Job]) -> tuple[Sequence[Job], Callable[[], None] | None]:
        """Return the next call that is due and within its limit: ends first, then beginnings, then questions."""
        now = self._clock()
        due = sorted((job for job in jobs if job.due_at <= now), key=lambda job: job.due_at)
        for step, limit, act in (
            (Step.DELETE, site.writes, self._delete),
            (Step.FIND, site.reads, self._find),
            (Step.CREATE, site.writes, self._create),
        ):
            job = next((job for job in due if job.step == step), None)
            if job is not None and step is Step.CREATE and not job.has_place():
                for waiting in due:
                    if waiting.step is Step.CREATE:
                        waiting.due_at = now + QUOTA_WAIT_S
                job = None
            if job is not None and limit.take(now):
                return [job], lambda act=act, job=job: act(job)
        asked = [job for job in due if job.step == Step.POLL][: site.limits.batch_size]
        if asked and site.reads.take(now):
            return asked, lambda: self._poll(asked)
        return (), None

    def _perform(self, site: Site, asked: Sequence[Job], call: Callable[[], None]) -> None:
        try:
            call()
        except RetryLater as error:
            site.pause(error, self._clock())
            for job in asked:
                job.due_at = self._clock()  # others go first
        else:
            site.answered()

    def _create(self, job: Job) -> None:
        job.tries += 1
        try:
            job.service_id = self.create(job.name, job.request)
        except RetryLater as error:
            if not error.untouched:
                # Whether it was created is unknown: ask for its name first.
                job.step = Step.FIND
            self._give_up(job, error)
            raise
        except JobRejected as error:
            self._end(job, Finished(job.request.id, error=error.error))
        except Exception as error:  # noqa: BLE001 - a defect of the plugin is the attempt's error, not the engine's end
            self._end(job, Finished(job.request.id, error=_defect("create", error)))
        else:
            self._created(job)

    def _find(self, job: Job) -> None:
        try:
            service_id = self.find(job.name)
        except RetryLater as error:
            if job.tries:
                # Not of a job that an earlier engine created: that is looked for as long as it takes.
                job.tries += 1
                self._give_up(job, error)
            raise
        except JobUncertain as error:
            self._end(job, Lost(job.request.id, attempt_errors.lost(str(error), code="JOB_UNCERTAIN")))
            return
        except JobRejected as error:
            self._end(job, Finished(job.request.id, error=error.error))
            return
        except Exception as error:  # noqa: BLE001 - as in _create
            self._end(job, Finished(job.request.id, error=_defect("find", error)))
            return
        if service_id is not None:
            job.service_id = service_id
            job.keep_place(over=True)
            self._created(job)
        elif job.cancelled:
            self._end(job, Finished(job.request.id, error=attempt_errors.cancelled()))
        elif job.tries or job.promised:
            job.step = Step.CREATE
        else:
            self._end(job, Lost(job.request.id, attempt_errors.lost(f"The service has no job {job.name}.")))

    def _give_up(self, job: Job, error: RetryLater) -> None:
        if job.tries >= job.site.limits.create_tries:
            message = f"The job could not be created in {job.tries} tries: {error}"
            self._end(job, Lost(job.request.id, attempt_errors.lost(message, code="BACKEND_UNAVAILABLE")))

    def _created(self, job: Job) -> None:
        job.step = Step.DELETE if job.cancelled else Step.POLL
        job.due_at = self._clock()

    def _delete(self, job: Job) -> None:
        try:
            self.delete(job.service_id)
        except RetryLater:
            raise
        except JobRejected as error:
            self._end(job, Finished(job.request.id, error=error.error))
            return
        except Exception as error:  # noqa: BLE001 - as in _create
            self._end(job, Finished(job.request.id, error=_defect("delete", error)))
            return
        job.step = Step.POLL
        job.due_at = self._clock()

    def _poll(self, jobs: Sequence[Job]) -> None:
        try:
            statuses = self.poll([job.service_id for job in jobs])
        except RetryLater:
            raise
        except Exception as error:  # noqa: BLE001 - as in _create
            for job in jobs:
                self._end(job, Finished(job.request.id, error=_defect("poll", error)))
            return
        events: list[BackendEvent] = []
        interval_s = jobs[0].site.limits.poll_interval_s
        for job, status in zip(jobs, statuses, strict=True):
            job.keep_place()
            # On a common grid, so that jobs created at different times are asked for together.
            job.due_at = (self._clock() // interval_s + 1) * interval_s
            told = events_of(job, status)
            if told and isinstance(told[-1], (Finished, Lost)):
                events.extend(told[:-1])
                self._push(events)
                events = []
                self._end(job, told[-1])
            else:
                events.extend(told)
        self._push(events)

    def _mark_cancelled(self, attempt_id: str) -> None:
        job = self._jobs.get(attempt_id)
        if job is None or job.cancelled:
            return
        job.cancelled = True
        job.due_at = self._clock()
        if job.step == Step.CREATE:
            self._end(job, Finished(attempt_id, error=attempt_errors.cancelled()))
            return
        self._push([Cancelling(attempt_id, f"job {job.name}")])
        if job.step == Step.POLL:
            job.step = Step.DELETE

    def _end(self, job: Job, event: Finished | Lost) -> None:
        del self._jobs[job.request.id]
        job.free_place()
        self._requests.pop(job.name, None)
        self._push([event])
        self._live.discard(job.request.id)

    def _push(self, events: Sequence[BackendEvent]) -> None:
        if events and self._host is not None:
            self._host.push(events)

    def _delay_s(self) -> float | None:
        if not self._jobs:
            return None
        now = self._clock()
        sites: dict[Site, list[Job]] = {}
        for job in self._jobs.values():
            sites.setdefault(job.site, []).append(job)
        return min(site.delay_s(jobs, now) for site, jobs in sites.items())


def job_name(attempt_id: str) -> str:
    """Return the name of an attempt's job: 47 lower-case letters, digits and hyphens, the same on every machine."""
    return "godwit-" + hashlib.sha256(attempt_id.encode()).hexdigest()[:40]


def _defect(verb: str, error: Exception) -> bytes:
    return attempt_errors.encoded_error(
        "BACKEND_DEFECT", f"The backend's {verb} raised {type(error).__name__}: {error}"
    )
