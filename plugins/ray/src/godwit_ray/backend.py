"""The backend `ray`: ordinary tasks on a cluster (`residents`), and tasks with a `RayJob` (`jobs`)."""

from collections.abc import Iterator, Sequence

from godwit_plugin_api.backend import AttemptRequest, BackendHost, Capacity, Handle, Refusal, TaskReference
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.ray.v1.ray_pb2 import RayJob

from godwit_ray.jobs import JobBackend
from godwit_ray.residents import Residents

_PYTHON = "{python}"


class RayBackend:
    """Sends every attempt to the part that is for it. See the module's text."""

    def __init__(self) -> None:
        self._jobs = JobBackend()
        self._residents = Residents()
        self._kinds: dict[int, bool] = {}

    def open(self, host: BackendHost) -> None:
        """Open both parts. Nothing is started before there is work."""
        self._jobs.open(host)
        self._residents.open(host)

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what keeps *task* from running on Ray."""
        if has_cluster(task.spec):
            return self._jobs.check(task)
        if not task.command:
            return ["It has no program, so there is nothing to run on Ray."]
        if task.command[0] != _PYTHON:
            return [f"Ray runs Python tasks; this is one of {task.command[0]}."]
        return []

    def capacity(self) -> Capacity:
        """Return what the cluster takes. Jobs, which bring their own, are taken along."""
        return self._residents.capacity()

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Take attempts."""
        jobs = [request for request in requests if self._is_job(request.task)]
        others = [request for request in requests if not self._is_job(request.task)]
        answers = {answer.id: answer for answer in self._jobs.submit(jobs)} if jobs else {}
        if others:
            answers |= {answer.id: answer for answer in self._residents.submit(others)}
        return [answers[request.id] for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Find attempts of an engine before this one."""
        self._jobs.attach([one for one in known if self._is_job(one[0].task)])
        self._residents.attach([one for one in known if not self._is_job(one[0].task)])

    def cancel(self, ids: Sequence[str]) -> None:
        """Ask for the end of attempts."""
        self._jobs.cancel(ids)
        self._residents.cancel(ids)

    def logs(self, handle: Handle) -> Iterator[bytes]:
        """Yield what a job wrote."""
        return self._jobs.logs(handle)

    def close(self) -> None:
        """Let go of both parts."""
        self._jobs.close()
        self._residents.close()

    def _is_job(self, task: TaskReference) -> bool:
        kind = self._kinds.get(task.key)
        if kind is None:
            kind = self._kinds[task.key] = has_cluster(task.spec)
        return kind


def has_cluster(spec: bytes) -> bool:
    """Return whether a task, as encoded, says which cluster it has."""
    return TaskSpec.FromString(spec).payload.Is(RayJob.DESCRIPTOR)
