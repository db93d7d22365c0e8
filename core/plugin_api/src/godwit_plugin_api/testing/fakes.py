"""Fakes for tests: a backend and a polled service, both in memory and scripted. They pass the suites themselves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendEvent,
    BackendHost,
    Capacity,
    Finished,
    Handle,
    Lost,
    Refusal,
    Started,
    TaskReference,
)
from godwit_plugin_api.handles import unreadable
from godwit_plugin_api.polling import PollingBackend
from godwit_plugin_api.service_jobs import JobPhase, JobStatus, PollingLimits

_HANDLE = b"fake"

Script = Callable[[AttemptRequest], Finished | Lost | Refusal | None]
"""An attempt's end, a refusal, or None: it runs until it is cancelled or `FakeBackend.end` is called."""


def by_task_name(request: AttemptRequest) -> Finished | Lost | None:
    """Behave as the task is called: `succeed`, `fail`, `sleep`, `crash`."""
    if request.task.name == "sleep":
        return None
    if request.task.name == "crash":
        return Lost(request.id, attempt_errors.lost("The place crashed.", signal=9))
    if request.task.name == "fail":
        return Finished(request.id, error=attempt_errors.failed("FAKE", "It failed, as it was told to."))
    return Finished(request.id)


@dataclass
class FakePlace:
    """Where attempts of a `FakeBackend` run. Kept by the test, it outlives backends as a cluster outlives an engine."""

    running: dict[str, AttemptRequest] = field(default_factory=dict)
    submitted: list[AttemptRequest] = field(default_factory=list)
    """Every attempt that was ever started here, in order: the ledger."""


class FakeBackend:
    """A backend in memory that does what a script says."""

    def __init__(
        self,
        script: Script = by_task_name,
        place: FakePlace | None = None,
        *,
        room: int = 4,
        cpu_millis: int | None = None,
        memory_bytes: int | None = None,
    ) -> None:
        """Run at most *room* attempts at a time in *place*; a new one where None is given.

        *cpu_millis* and *memory_bytes* as in `Capacity`.
        """
        self._size = (cpu_millis, memory_bytes)
        self.place = place or FakePlace()
        self._script = script
        self._room = room
        self._host: BackendHost | None = None

    def open(self, host: BackendHost) -> None:
        """Keep the host."""
        self._host = host

    def check(self, task: TaskReference) -> Sequence[str]:  # noqa: ARG002 - every task fits
        """Find nothing wrong."""
        return ()

    def capacity(self) -> Capacity:
        """Return the room that is left."""
        return Capacity(max(0, self._room - len(self.place.running)), 0, *self._size)

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Start attempts; what the script says of them is pushed on a later turn."""
        return [self._start(request) for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Go on with what the place still runs; the rest is lost."""
        for request, handle in known:
            if handle.data not in {b"", _HANDLE}:
                self._push(unreadable(handle))
            elif request.id in self.place.running:
                self._later(lambda request=request: self._run(request))  # type: ignore[misc]
            else:
                self._push(Lost(request.id, attempt_errors.lost("The place does not know the attempt.")))

    def cancel(self, ids: Sequence[str]) -> None:
        """End attempts on a later turn."""
        for attempt_id in ids:
            self._later(
                lambda attempt_id=attempt_id: self.end(  # type: ignore[misc]
                    Finished(attempt_id, error=attempt_errors.cancelled())
                )
            )

    def logs(self, handle: Handle) -> Iterator[bytes]:  # noqa: ARG002 - nothing is written
        """Yield nothing."""
        return iter(())

    def close(self) -> None:
        """Forget the host; the place goes on."""
        self._host = None

    def end(self, event: Finished | Lost) -> None:
        """End an attempt that runs, as the test says; nothing where it does not run."""
        if self.place.running.pop(event.id, None) is not None:
            self._push(event)
            if self._host is not None:
                self._host.wake()

    def _start(self, request: AttemptRequest) -> Handle | Refusal:
        if request.id not in self.place.running:
            outcome = self._script(request)
            if isinstance(outcome, Refusal):
                return outcome
            self.place.submitted.append(request)
            self.place.running[request.id] = request
            self._later(lambda: self._run(request))
        return Handle(request.id, _HANDLE)

    def _run(self, request: AttemptRequest) -> None:
        if request.id not in self.place.running:
            return
        self._push(Started(request.id, "fake"))
        outcome = self._script(request)
        if isinstance(outcome, (Finished, Lost)):
            self.end(outcome)

    def _later(self, call: Callable[[], None]) -> None:
        if self._host is not None:
            self._host.call_later(0.0, call)

    def _push(self, event: BackendEvent) -> None:
        if self._host is not None:
            self._host.push([event])


@dataclass
class FakeService:
    """A service in memory, as a web API of jobs is. Kept by the test, it outlives backends.

    Attributes:
        script: what becomes of a job; Refusal is not used.
        polls_to_run: polls that find a job RUNNING before they find its end.
    """

    script: Script = by_task_name
    polls_to_run: int = 1
    jobs: dict[str, AttemptRequest] = field(default_factory=dict)
    """Live jobs by name."""
    created: list[str] = field(default_factory=list)
    """Names of all jobs ever created, in order: the ledger."""
    calls: list[str] = field(default_factory=list)
    """Every call, by its verb, in order."""
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    """What the next calls of a verb raise, each once. A failing `create` has created: its answer is lost."""
    _polled: dict[str, int] = field(default_factory=dict)

    def called(self, verb: str) -> None:
        """Count a call, and raise what was planned for it."""
        self.calls.append(verb)
        if self.failures.get(verb):
            raise self.failures[verb].pop(0)

    def status(self, name: str) -> JobStatus:
        """Return how the job stands; each asking moves it on."""
        request = self.jobs.get(name)
        if request is None:
            return JobStatus(JobPhase.GONE)
        asked = self._polled[name] = self._polled.get(name, 0) + 1
        outcome = self.script(request)
        if outcome is None or asked <= self.polls_to_run:
            return JobStatus(JobPhase.RUNNING, worker="service")
        if isinstance(outcome, Lost):
            del self.jobs[name]
            return JobStatus(JobPhase.GONE)
        if isinstance(outcome, Finished) and not outcome.error:
            return JobStatus(JobPhase.SUCCEEDED, outputs=outcome.outputs)
        return JobStatus(JobPhase.FAILED, error=outcome.error)


FAST = PollingLimits(reads_per_s=5000, writes_per_s=5000, burst=100, poll_interval_s=0.005, backoff_s=0.005)
"""Limits for tests on the real clock."""


class FakeServiceBackend(PollingBackend):
    """A polling backend over a `FakeService`."""

    def __init__(
        self,
        service: FakeService,
        limits: PollingLimits = FAST,
        *,
        clock: Callable[[], float] | None = None,
        threaded: bool = True,
    ) -> None:
        """Call *service*."""
        options = {} if clock is None else {"clock": clock}
        super().__init__(limits, threaded=threaded, **options)
        self.service = service

    def create(self, name: str, request: AttemptRequest) -> str:
        """Create a job; a planned failure loses the answer, not the job."""
        if name not in self.service.jobs:
            self.service.created.append(name)
            self.service.jobs[name] = request
        self.service.called("create")
        return f"id-of-{name}"

    def find(self, name: str) -> str | None:
        """Find a job by its name."""
        self.service.called("find")
        return f"id-of-{name}" if name in self.service.jobs else None

    def poll(self, ids: Sequence[str]) -> Sequence[JobStatus]:
        """Ask for jobs."""
        self.service.called(f"poll {len(ids)}")
        return [self.service.status(job_id.removeprefix("id-of-")) for job_id in ids]

    def delete(self, job_id: str) -> None:
        """Delete a job."""
        self.service.called("delete")
        self.service.jobs.pop(job_id.removeprefix("id-of-"), None)
