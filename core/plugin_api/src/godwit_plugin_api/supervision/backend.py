"""A base for backends whose jobs are programs of this host that outlive the engine.

A plugin writes how a job is started, and what a task must not ask for; the rest is here:

1. `submit` makes a folder for the attempt, named by its id, and starts a supervisor in a session of its own, which
   starts the job (`supervisor`). The job is started once, however often an attempt is submitted or attached.
2. The supervisor waits for the job and writes down how it ended. The engine is told by the end of the supervisor's
   process; nothing is polled where the system has process descriptors.
3. `cancel` asks the supervisor to end the job: SIGTERM, grace, SIGKILL to everything that the job started.
4. `close` leaves jobs alone. The next engine's `attach` finds the folder by the attempt's id: the job still runs, or
   has ended meanwhile, or is gone, and then it is `Lost`.
"""

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendHost,
    Cancelling,
    Capacity,
    Finished,
    Handle,
    LogStarted,
    Lost,
    Progress,
    Refusal,
    Started,
    TaskReference,
)
from godwit_plugin_api.handles import unreadable
from godwit_plugin_api.service_jobs import JobRejected
from godwit_plugin_api.supervision import outcomes
from godwit_plugin_api.supervision.jobs import JobEnd, JobFolder, Launch

HANDLE = b"supervised 1"
"""What handles say: how the folder of an attempt's job is to be read, for those who come later."""
_POLL_S = 0.1
"""How often a supervisor is looked for where the system has no process descriptors."""
_LINKS_S = 2.0
"""How often a job's links are looked for."""
_CHUNK = 65_536


class SupervisedBackend(ABC):
    """A `Backend` whose jobs run under detached supervisors. See the module's text."""

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}
        self._engine: BackendHost | None = None

    # ----- What a plugin writes -----

    @abstractmethod
    def launch(self, request: AttemptRequest, job: JobFolder) -> Launch:
        """Return how the job of *request* is started. `job.inputs` is written; more files may be put into its folder.

        Must be quick. `jobs.once_command` is the command of the task's own runner.

        Raises:
            JobRejected: it will never run; its error becomes the attempt's.
        """

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what is wrong with *task*; see `Backend`."""
        return [] if task.command else ["It has no program that a process could run."]

    def outcome(self, request: AttemptRequest, job: JobFolder, end: JobEnd | None) -> Finished | Lost:
        """Return what became of a job, as the file contract says; *end* is None where nobody saw its end."""
        return outcomes.outcome(request.id, job, end)

    def release(self, request: AttemptRequest, job: JobFolder) -> None:  # noqa: B027 - for those who hold something
        """Free what `launch` has taken for the job, once it has returned: called once the job has ended."""

    def worker(self, job: JobFolder, process: int) -> str:  # noqa: ARG002 - for subclasses
        """Return where the job runs, for people; *process* is its supervisor's."""
        return f"{os.uname().nodename}:{process}"

    # ----- The verbs of a backend -----

    @property
    def host(self) -> BackendHost:
        """The engine.

        Raises:
            RuntimeError: the backend is not open.
        """
        if self._engine is None:
            raise RuntimeError("the backend is not open")
        return self._engine

    def open(self, host: BackendHost) -> None:
        """Keep the engine."""
        self._engine = host

    def capacity(self) -> Capacity:
        """Return how many more jobs may run: as many as the engine has workers."""
        return Capacity(max(0, self.host.settings.workers - len(self._jobs)))

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Start jobs, or find those that are there already."""
        return [self._submit(request) for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Find the jobs of an engine before this one."""
        for request, handle in known:
            if request.id in self._jobs:
                continue
            if handle.data not in {b"", HANDLE}:
                self.host.push([unreadable(handle)])
                continue
            job = self.folder(request.id)
            if job.exists():
                self._find(request, job)
            else:
                message = "The attempt was never given to its backend."
                self.host.push([Lost(request.id, attempt_errors.lost(message, code="JOB_LOST"))])

    def cancel(self, ids: Sequence[str]) -> None:
        """Ask supervisors to end their jobs; the end of each is told when everything is gone."""
        for identifier in ids:
            job = self._jobs.get(identifier)
            if job is not None:
                if not job.cancelled:
                    self.host.push([Cancelling(identifier, f"process {job.process} on {os.uname().nodename}")])
                job.cancelled = True
                job.signal(signal.SIGTERM)

    def logs(self, handle: Handle) -> Iterator[bytes]:
        """Yield what the job wrote so far."""
        path = self.folder(handle.id).log
        if not path.is_file():
            return
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def close(self) -> None:
        """Let go of the jobs, which go on; end them where the engine's home is about to vanish."""
        jobs, self._jobs = list(self._jobs.values()), {}
        for job in jobs:
            self._stop_watching(job)
            if self._engine is not None and self._engine.settings.options.get("temporary_home"):
                job.signal(signal.SIGTERM)
                job.wait()
                self.release(job.request, job.folder)
            job.close()

    # ----- Parts of these -----

    def folder(self, attempt_id: str) -> JobFolder:
        """Return the folder of an attempt's job."""
        return JobFolder(self.host.settings.home, attempt_id)

    def _submit(self, request: AttemptRequest) -> Handle | Refusal:
        if request.id in self._jobs:
            return Handle(request.id, HANDLE)
        folder = self.folder(request.id)
        if folder.exists():
            self._find(request, folder)
            return Handle(request.id, HANDLE)
        try:
            folder.prepare(request)
            launch = self.launch(request, folder)
        except JobRejected as error:
            return Refusal(request.id, error.error)
        except OSError as error:
            return _not_started(request, error)
        try:
            process = folder.start(request, launch, self.host.settings.grace_s)
        except OSError as error:
            self.release(request, folder)
            return _not_started(request, error)
        self._watch(_Job(request, folder, process.pid, process))
        return Handle(request.id, HANDLE)

    def _find(self, request: AttemptRequest, folder: JobFolder) -> None:
        """Go on with a job that was started before, or tell what became of it."""
        process = folder.supervisor_process()
        if process is None:
            self._tell(request, folder, cancelled=False)
        else:
            self._watch(_Job(request, folder, process))

    def _watch(self, job: "_Job") -> None:
        self._jobs[job.request.id] = job
        began = Started(job.request.id, self.worker(job.folder, job.process))
        self.host.push([began, LogStarted(job.request.id, job.folder.open_log())])
        self.host.call_later(_LINKS_S, partial(self._look_for_links, job))
        if job.open_descriptor():
            self.host.watch(job.descriptor, partial(self._ended, job))
        else:
            self.host.call_later(0 if job.is_gone() else _POLL_S, partial(self._look, job))

    def _look(self, job: "_Job") -> None:
        if self._jobs.get(job.request.id) is not job:
            return
        if job.is_gone():
            self._ended(job)
        else:
            self.host.call_later(_POLL_S, partial(self._look, job))

    def _look_for_links(self, job: "_Job") -> None:
        if self._jobs.get(job.request.id) is not job:
            return
        self._tell_links(job.request.id, job.folder)
        self.host.call_later(_LINKS_S, partial(self._look_for_links, job))

    def _tell_links(self, attempt_id: str, folder: JobFolder) -> None:
        if links := outcomes.links_of(folder):
            self.host.push([Progress(attempt_id, links=links)])

    def _ended(self, job: "_Job") -> None:
        self._stop_watching(job)
        job.close()
        del self._jobs[job.request.id]
        self._tell(job.request, job.folder, cancelled=job.cancelled)

    def _tell(self, request: AttemptRequest, folder: JobFolder, *, cancelled: bool) -> None:
        """Push the end of a job whose supervisor is gone."""
        end = folder.end()
        if end is None:
            folder.end_remains()
        if end is None and cancelled:
            event: Finished | Lost = Finished(request.id, error=attempt_errors.cancelled(), log=folder.log_slice())
        else:
            event = self.outcome(request, folder, end)
        self.release(request, folder)
        self._tell_links(request.id, folder)
        self.host.push([event])
        self.host.wake()

    def _stop_watching(self, job: "_Job") -> None:
        if job.descriptor >= 0:
            with suppress(KeyError, ValueError):
                self.host.unwatch(job.descriptor)


def _not_started(request: AttemptRequest, error: OSError) -> Refusal:
    return Refusal(
        request.id, attempt_errors.encoded_error("JOB_NOT_STARTED", f"The job could not be started: {error}")
    )


@dataclass(slots=True, eq=False)
class _Job:
    """A job whose supervisor lives, or has just ended."""

    request: AttemptRequest
    folder: JobFolder
    process: int
    popen: "subprocess.Popen[bytes] | None" = None
    descriptor: int = -1
    cancelled: bool = False

    def open_descriptor(self) -> bool:
        """Open a descriptor that is readable when the supervisor has ended; return whether there is such a thing."""
        opener = getattr(os, "pidfd_open", None)
        if opener is None:
            return False
        try:
            self.descriptor = opener(self.process)
        except OSError:
            return False
        return True

    def is_gone(self) -> bool:
        """Return whether the supervisor has ended."""
        if self.popen is not None:
            return self.popen.poll() is not None
        return self.folder.supervisor_process() is None

    def signal(self, number: int) -> None:
        """Signal the supervisor."""
        with suppress(ProcessLookupError, PermissionError):
            if self.popen is not None:
                self.popen.send_signal(number)
            elif self.descriptor >= 0:
                signal.pidfd_send_signal(self.descriptor, number)
            else:
                os.kill(self.process, number)

    def wait(self) -> None:
        """Wait until the supervisor has ended."""
        if self.popen is not None:
            self.popen.wait()

    def close(self) -> None:
        """Free what this process holds of the job."""
        if self.popen is not None:
            self.popen.poll()
            # One that goes on is no child to wait for any more: whoever starts next finds it by its folder.
            self.popen.returncode = self.popen.returncode or 0
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
