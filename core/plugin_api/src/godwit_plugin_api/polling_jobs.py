"""What a `PollingBackend` keeps on its polling thread: its jobs, and the sites of the service that they are at."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import AttemptRequest, BackendEvent, Finished, LogStarted, Lost, Progress, Started
from godwit_plugin_api.rate_limits import RateLimit
from godwit_plugin_api.service_jobs import JobPhase, JobStatus, PollingLimits, RetryLater
from godwit_plugin_api.shared_quota import SharedQuota

QUOTA_WAIT_S = 1.0
"""How often a place is asked for that another engine may hold."""


class Step(Enum):
    """The call that a job needs next."""

    CREATE = auto()
    FIND = auto()
    POLL = auto()
    DELETE = auto()


class Site:
    """One place of a service: what it bears, and until when it wants to be left alone."""

    def __init__(self, limits: PollingLimits, quota: SharedQuota | None) -> None:
        """Keep to *limits*; *quota*: places for jobs that engines share."""
        self.limits = limits
        self.quota = quota
        self.reads = RateLimit(limits.reads_per_s, limits.burst)
        self.writes = RateLimit(limits.writes_per_s, limits.burst)
        self.paused_until = float("-inf")
        self._pauses = 0

    def pause(self, error: RetryLater, now: float) -> None:
        """Leave the site alone as long as it asks; where it does not say, longer each time."""
        self._pauses += 1
        limits = self.limits
        backoff_s = min(limits.max_backoff_s, limits.backoff_s * 2 ** (self._pauses - 1))
        self.paused_until = now + (backoff_s if error.retry_after_s is None else error.retry_after_s)

    def answered(self) -> None:
        """Note that a call was answered."""
        self._pauses = 0

    def delay_s(self, jobs: "Sequence[Job]", now: float) -> float:
        """Return the seconds until a call for one of *jobs*, all of this site, may be due; 0: now."""
        if now < self.paused_until:
            return self.paused_until - now
        first = min(job.due_at for job in jobs)
        if first > now:
            return first - now
        due = {job.step for job in jobs if job.due_at <= now}
        delays = [self.writes.delay_s(now)] * bool(due & {Step.CREATE, Step.DELETE})
        delays += [self.reads.delay_s(now)] * bool(due & {Step.FIND, Step.POLL})
        return max(0.001, min(delays))


def site_quota(home: str, name: str, limits: PollingLimits) -> SharedQuota | None:
    """Return the places at the site *name* that the engines of *home* share; None where they are not limited."""
    if limits.shared_jobs is None:
        return None
    folder = hashlib.sha256(name.encode()).hexdigest()[:16]
    return SharedQuota(Path(home, "quotas", folder), limits.shared_jobs)


@dataclass(slots=True)
class Job:
    """A job on the polling thread: the call it needs next, and when.

    *promised*: an engine before this one answered for it, so that it is created if it is not there.
    """

    name: str
    request: AttemptRequest
    step: Step
    site: Site
    service_id: str = ""
    tries: int = 0
    promised: bool = False
    due_at: float = field(default=float("-inf"))
    cancelled: bool = False
    started: bool = False
    log_told: bool = False

    def has_place(self) -> bool:
        """Return whether engines that share a quota leave a place for the job, and take it."""
        return self.site.quota is None or self.site.quota.take(self.name)

    def keep_place(self, *, over: bool = False) -> None:
        """Say that the place is still used; with *over*, also when there is none left."""
        if self.site.quota is not None:
            self.site.quota.keep(self.name, over=over)

    def free_place(self) -> None:
        """Give the place back."""
        if self.site.quota is not None:
            self.site.quota.give(self.name)


def events_of(job: Job, status: JobStatus) -> list[BackendEvent]:
    """Return what *status* tells of *job* that was not told before; an end is the last."""
    attempt_id = job.request.id
    phase = status.phase
    if phase is JobPhase.PENDING:
        return []
    events: list[BackendEvent] = []
    if not job.started and (phase is JobPhase.RUNNING or status.links):
        job.started = True
        events.append(Started(attempt_id, status.worker, status.links))
    elif phase is JobPhase.RUNNING or status.links:
        events.append(Progress(attempt_id, status.fraction, status.links))
    if phase is JobPhase.RUNNING:
        if status.log and not job.log_told:
            job.log_told = True
            events.append(LogStarted(attempt_id, status.log))
        return events
    return [*events, _end(job, status)]


def _end(job: Job, status: JobStatus) -> Finished | Lost:
    attempt_id = job.request.id
    if status.phase is JobPhase.SUCCEEDED:
        return Finished(attempt_id, outputs=status.outputs, log=status.log)
    if job.cancelled:
        return Finished(attempt_id, error=attempt_errors.cancelled(), log=status.log)
    if status.phase is JobPhase.FAILED:
        return Finished(attempt_id, error=status.error, log=status.log)
    message = f"The service does not know the job {job.name} any more."
    return Lost(attempt_id, attempt_errors.lost(message), status.log)
