"""The base of backends for web services. A service is about thirty lines: how a job is created, shown and ended.

class QuarryBackend(WebApiBackend[QuarryJob]):
    message = QuarryJob

    def create_job(self, job):
        return job.client.json("POST", "/jobs", {"stone": job.inputs["stone"], "token": job.name})["id"]

    def get_job(self, job, job_id):
        told = job.client.json("GET", f"/jobs/{job_id}")
        if told["state"] == "done":
            return job.succeeded({"result": told["blocks"]})
        return job.failed("QUARRY_FAILED", told["why"]) if told["state"] == "failed" else job.running()

    def cancel_job(self, job, job_id):
        job.client.json("DELETE", f"/jobs/{job_id}")

What the base does: secrets become headers; answers that mean to come again are waited out as long as they ask; inputs
and outputs are values of the task's types, by reference where they are large; no job is created twice; logs go where
they can be followed; everything that `PollingBackend` does besides. Nothing is kept between engines but the job's name,
which follows from the attempt's id. All methods are called on one thread.
"""

import time
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import AttemptRequest, BackendHost, TaskReference
from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.polling import PollingBackend
from godwit_plugin_api.service_jobs import JobPhase, JobRejected, JobStatus, JobUncertain, PollingLimits, RetryLater
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.webapi.v1.webapi_pb2 import Limits, Service
from google.protobuf.message import DecodeError, Message

from godwit_webapi.calls import CallRefused, Garbage
from godwit_webapi.installed import Installed
from godwit_webapi.job_values import OutputMissing
from godwit_webapi.jobs import WebJob

M = TypeVar("M", bound=Message)

LOG_INTERVAL_S = 5.0
"""Shortest time, in seconds, between two readings of a running job's log."""
PATIENCE = 5
"""Refusals or unreadable answers about one job, one after the other, after which it is given up."""


class WebApiBackend(PollingBackend, Generic[M]):
    """A backend for one kind of payload. See the module's text; `PollingBackend` for what else may be overridden."""

    message: ClassVar[type[Message]]
    """The payload of its tasks."""
    batch_size: ClassVar[int] = 1
    """Jobs that one call of `get_jobs` asks for."""
    finds_jobs: ClassVar[bool] = True
    """Whether `find_job` looks for jobs. If not, `create_job` of a name that it knows gives the job that there is."""

    def __init__(self) -> None:
        """Make one with the usual limits; tasks say those of their services."""
        super().__init__(PollingLimits(max_jobs=1000))
        self._installed = Installed()
        self._web_jobs: dict[str, WebJob[M]] = {}
        self._logs = Path()

    # ----- What a service writes -----

    @abstractmethod
    def create_job(self, job: WebJob[M]) -> str:
        """Create a job, and return the id that the service gave it; `job.name` is its name or idempotency key.

        Raises:
            CallRefused: the service will never take it. `JobRejected`, with an error, says more.
            RetryLater: it could not answer; whether the job was created is unknown.
        """

    def find_job(self, job: WebJob[M]) -> str | None:
        """Return the id of the job that was created as `job.name`, or None. Raises as `create_job`."""
        return self.create_job(job)

    def can_find(self, job: WebJob[M]) -> bool:  # noqa: ARG002 - for services that cannot always
        """Return whether a job is found when the answer to its creation is lost, by `find_job` or by creating it again.

        Where it is not, such an attempt is lost, which its infrastructure budget pays, and the next may create a second
        job: its author must have agreed to that.
        """
        return True

    def get_job(self, job: WebJob[M], job_id: str) -> JobStatus:
        """Return how a job stands, by the methods of *job*: `pending`, `running`, `succeeded`, `failed`, `gone`.

        Raises:
            CallRefused: the service refuses to say; where that goes on, the attempt fails.
            RetryLater: it could not answer.
        """
        raise NotImplementedError

    def get_jobs(self, jobs: Sequence[tuple[WebJob[M], str]]) -> Sequence[JobStatus]:
        """Return how at most `batch_size` jobs of one site stand, in order, where the service tells of many at once."""
        return [self.get_job(job, job_id) for job, job_id in jobs]

    @abstractmethod
    def cancel_job(self, job: WebJob[M], job_id: str) -> None:
        """Ask for the end of a job. A job that has ended, or is unknown, is no error. Raises as `get_job`."""

    def job_log(self, job: WebJob[M], job_id: str) -> bytes | None:  # noqa: ARG002 - for services that have logs
        """Return all that a job wrote so far; None: nothing is known. What it raises is ignored."""
        return None

    def service_of(self, payload: M) -> Service | None:
        """Return the service that a payload names; None: none, or there is no such thing."""
        return getattr(payload, "service", None)

    def faults(self, payload: M, spec: TaskSpec) -> Sequence[str]:  # noqa: ARG002 - for services that check more
        """Return what is wrong with a task, each a sentence."""
        return ()

    # ----- What PollingBackend asks for -----

    def open(self, host: BackendHost) -> None:
        """Start the polling thread."""
        self._installed = Installed(host.settings.options.get("disabled_plugins", "").split())
        self._logs = Path(host.settings.log_folder)
        super().open(host)

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what is wrong with a task: another payload than the backend's, or what `faults` finds."""
        spec = TaskSpec.FromString(task.spec)
        try:
            payload = self._payload(spec)
        except (ValueError, DecodeError) as error:
            return [str(error)]
        return self.faults(payload, spec)

    def site(self, request: AttemptRequest) -> str:
        """Return the service's address and the name of its secret: one account."""
        service = self.service_of(self._payload(TaskSpec.FromString(request.task.spec)))
        return "" if service is None else f"{service.url} {service.token.group}/{service.token.name}"

    def limits_of(self, request: AttemptRequest) -> PollingLimits:
        """Return what the task says of its service."""
        payload: Any = self._payload(TaskSpec.FromString(request.task.spec))
        service = self.service_of(payload)
        limits = service.limits if service is not None else getattr(payload, "limits", Limits())
        return polling_limits(limits, self.batch_size)

    def create(self, name: str, request: AttemptRequest) -> str:  # noqa: ARG002 - the name says it all
        """Create a job, if there is none of that name."""
        job = self._job(name)
        if self.finds_jobs and job.service_id is None and self.can_find(job):
            # This engine may follow one that created it and could not tell.
            job.service_id = self._refusable(self.find_job, job)
        if not job.service_id:
            job.service_id = self._refusable(self.create_job, job)
        return name

    def find(self, name: str) -> str | None:
        """Look for a job."""
        job = self._job(name)
        if not self.can_find(job):
            raise JobUncertain(
                f"Whether the service has the job {name} is unknown: its id was not answered to this engine, and the "
                "service cannot be asked for its name. There may be such a job, which nobody waits for."
            )
        job.service_id = self._refusable(self.find_job, job)
        return name if job.service_id else None

    def poll(self, ids: Sequence[str]) -> Sequence[JobStatus]:
        """Ask for jobs of one site."""
        jobs = [self._job(name) for name in ids]
        try:
            statuses = list(self.get_jobs([(job, job.service_id or "") for job in jobs]))
        except (CallRefused, Garbage, OutputMissing, GodwitError) as error:
            if len(jobs) > 1:
                raise RetryLater(str(error)) from None
            statuses = [self._unanswered(jobs[0], error)]
        else:
            for job in jobs:
                job.unanswered = 0
        return [self._with_log(job, status) for job, status in zip(jobs, statuses, strict=True)]

    def delete(self, job_id: str) -> None:
        """End a job."""
        job = self._job(job_id)
        try:
            self.cancel_job(job, job.service_id or "")
        except CallRefused as error:
            if error.status not in {404, 409, 410}:
                raise JobRejected(error.error()) from None

    # ----- Inside -----

    def _payload(self, spec: TaskSpec) -> M:
        payload: Any = self.message()
        if not spec.payload.Unpack(payload):
            came = spec.payload.type_url.rpartition("/")[2] or "none"
            raise ValueError(f"The backend takes tasks with a payload {payload.DESCRIPTOR.full_name}, not {came}.")
        found: M = payload
        return found

    def _job(self, name: str) -> WebJob[M]:
        job = self._web_jobs.get(name)
        if job is None:
            for old in [old for old in self._web_jobs if not self.knows(old)]:
                del self._web_jobs[old]
            request = self.request_of(name)
            spec = TaskSpec.FromString(request.task.spec)
            payload = self._payload(spec)
            service = self.service_of(payload)
            job = self._web_jobs[name] = WebJob(name, request, spec, payload, service, self._installed)
        return job

    @staticmethod
    def _refusable(call: Any, job: WebJob[M]) -> Any:
        try:
            return call(job)
        except CallRefused as error:
            raise JobRejected(error.error()) from None
        except GodwitError as error:
            raise JobRejected(attempt_errors.failed(error.code, str(error))) from None

    @staticmethod
    def _unanswered(job: WebJob[M], error: Exception) -> JobStatus:
        if isinstance(error, OutputMissing):
            return job.failed("WEBAPI_OUTPUT", str(error))
        job.unanswered += 1
        if job.unanswered < PATIENCE:
            return JobStatus(JobPhase.PENDING)
        code = error.code if isinstance(error, (CallRefused, GodwitError)) else "WEBAPI_GARBAGE"
        return job.failed(code, f"What became of the job {job.service_id} cannot be asked. {error}")

    def _with_log(self, job: WebJob[M], status: JobStatus) -> JobStatus:
        if status.phase is JobPhase.PENDING:
            return status
        text = None
        now = time.monotonic()
        # A running job's log costs a call each time; its end is read once more.
        if status.phase is not JobPhase.RUNNING or now >= job.log_due_at:
            job.log_due_at = now + LOG_INTERVAL_S
            with suppress(CallRefused, RetryLater, GodwitError):
                text = self.job_log(job, job.service_id or "")
        segment = f"{job.name}.log"
        path = self._logs / segment
        if text is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            written = path.stat().st_size if path.is_file() else 0
            with path.open("ab") as file:
                file.write(text[written:])
        if not path.is_file():
            return status
        end = 0 if status.phase is JobPhase.RUNNING else path.stat().st_size
        return status_with_log(status, LogSlice(segment=segment, end=end).SerializeToString())


def status_with_log(status: JobStatus, log: bytes) -> JobStatus:
    """Return *status* with a log."""
    return JobStatus(status.phase, status.worker, status.fraction, status.outputs, status.error, status.links, log=log)


def polling_limits(limits: Limits, batch_size: int) -> PollingLimits:
    """Return what *limits* say; the usual where they say nothing."""
    usual = PollingLimits()
    interval: timedelta = limits.poll_interval.ToTimedelta()
    return PollingLimits(
        reads_per_s=limits.reads_per_s or usual.reads_per_s,
        writes_per_s=limits.writes_per_s or usual.writes_per_s,
        burst=limits.burst or usual.burst,
        poll_interval_s=interval.total_seconds() if limits.HasField("poll_interval") else usual.poll_interval_s,
        batch_size=batch_size,
        shared_jobs=limits.shared_jobs or None,
        backoff_s=min(usual.backoff_s, max(0.05, interval.total_seconds())) if interval else usual.backoff_s,
    )
