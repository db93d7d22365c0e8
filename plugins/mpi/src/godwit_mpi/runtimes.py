"""What a task finds in each process of its job: its rank and its peers, and the library that connects them."""

import importlib
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.task_runtime import RuntimeAttempt
from godwitidl.plugins.mpi.v1.mpi_pb2 import TorchElastic

HOROVOD_REMEDY = (
    "HOROVOD_WITH_PYTORCH=1 HOROVOD_WITH_GLOO=1 pip install --no-build-isolation horovod, "
    "which builds it against the PyTorch that is installed."
)


class LibraryMissing(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """A library is needed that is not installed where the task runs."""

    code = "LIBRARY_MISSING"


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among those of its job.

    Attributes:
        rank: from 0; rank 0 gives the task's result.
        size: how many there are.
        local_rank: from 0, among those of this host.
        local_size: how many there are on this host.
        host: name of this host.
        gpus: those that this process sees, as `CUDA_VISIBLE_DEVICES` names them; empty: nothing is said.
    """

    rank: int
    size: int
    local_rank: int
    local_size: int
    host: str
    gpus: tuple[str, ...] = ()

    @classmethod
    def of(cls, rank: str, size: str, local_rank: str, local_size: str) -> "Ranks":
        """Return what the tool's variables of these names say; alone, where they say nothing."""
        gpus = tuple(name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name)
        host = os.environ.get("GODWIT_WORKER_HOST") or socket.gethostname()
        own = os.environ.get("GODWIT_WORKER_LOCAL_RANK")
        local = int(own) if own else _number(local_rank, 0)
        return cls(_number(rank, 0), _number(size, 1), local, _number(local_size, 1), host, gpus)


class MPIRanks(Ranks):
    """As `Ranks`, with MPI."""

    __slots__ = ()

    @property
    def comm(self) -> Any:
        """The communicator of all ranks: `mpi4py.MPI.COMM_WORLD`.

        Raises:
            LibraryMissing: mpi4py is not installed here.
        """
        return _load("mpi4py.MPI", "pip install mpi4py").COMM_WORLD


class HorovodRanks(Ranks):
    """As `Ranks`, with Horovod. In an elastic job the ranks change; `init().rank()` has them as they are."""

    __slots__ = ()

    def init(self) -> Any:
        """Return `horovod.torch`, initialized.

        Raises:
            LibraryMissing: Horovod is not installed here.
        """
        horovod = _load("horovod.torch", HOROVOD_REMEDY)
        if not horovod.is_initialized():
            horovod.init()
        return horovod


@dataclass(frozen=True, slots=True)
class TorchRanks(Ranks):
    """As `Ranks`, with PyTorch.

    Attributes:
        restart: how often the processes were started anew before.
        collectives: `gloo` or `nccl`, as the task says; empty: whichever fits.
    """

    restart: int = 0
    collectives: str = ""

    def init(self) -> Any:
        """Return `torch.distributed`, its default process group made: by NCCL where there are GPUs, else by gloo.

        Raises:
            LibraryMissing: PyTorch is not installed here.
        """
        distributed = _load("torch.distributed", "pip install torch")
        if not distributed.is_initialized():
            cuda = _load("torch.cuda", "pip install torch")
            distributed.init_process_group(self.collectives or ("nccl" if cuda.is_available() else "gloo"))
        return distributed


class MPIRuntime:
    """Runs tasks whose payload is an MPIJob. See `godwit_plugin_api.task_runtime`."""

    @contextmanager
    def around(self, attempt: RuntimeAttempt) -> Iterator[Mapping[str, object]]:  # noqa: ARG002 - as the protocol says
        """Give `mpi`."""
        if "OMPI_COMM_WORLD_RANK" in os.environ:
            prefix = "OMPI_COMM_WORLD"
            names = (f"{prefix}_RANK", f"{prefix}_SIZE", f"{prefix}_LOCAL_RANK", f"{prefix}_LOCAL_SIZE")
        else:
            names = ("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS")
        ranks = MPIRanks.of(*names)
        yield {"mpi": ranks}
        _note(ranks.rank)

    def close(self) -> None:
        """Nothing is kept."""


class HorovodRuntime:
    """Runs tasks whose payload is a HorovodJob. See `godwit_plugin_api.task_runtime`."""

    @contextmanager
    def around(self, attempt: RuntimeAttempt) -> Iterator[Mapping[str, object]]:  # noqa: ARG002 - as the protocol says
        """Give `horovod`; note the rank at the end, which in an elastic job says who gives the result."""
        ranks = HorovodRanks.of("HOROVOD_RANK", "HOROVOD_SIZE", "HOROVOD_LOCAL_RANK", "HOROVOD_LOCAL_SIZE")
        yield {"horovod": ranks}
        horovod = sys.modules.get("horovod.torch")
        _note(horovod.rank() if horovod is not None and horovod.is_initialized() else ranks.rank)

    def close(self) -> None:
        """Nothing is kept."""


class TorchRuntime:
    """Runs tasks whose payload is a TorchElastic. See `godwit_plugin_api.task_runtime`."""

    @contextmanager
    def around(self, attempt: RuntimeAttempt) -> Iterator[Mapping[str, object]]:
        """Give `torch`; take the process group apart that the task has made, once it has ended well."""
        settings = TorchElastic()
        attempt.payload.Unpack(settings)
        given = Ranks.of("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        restart = _number("TORCHELASTIC_RESTART_COUNT", 0)
        yield {
            "torch": TorchRanks(
                given.rank,
                given.size,
                given.local_rank,
                given.local_size,
                given.host,
                given.gpus,
                restart,
                settings.collectives,
            )
        }
        _note(given.rank)
        if given.size > 1:
            distributed = _load("torch.distributed", "pip install torch")
            if distributed.is_initialized():
                distributed.destroy_process_group()

    def close(self) -> None:
        """Nothing is kept."""


def _note(rank: int) -> None:
    """Tell whoever watches this process, if anybody, that the function has returned, and with which rank."""
    path = os.environ.get("GODWIT_WORKER_NOTE")
    if path:
        Path(path).write_text(f"{rank}\n", encoding="ascii")


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    return int(value) if value.isdecimal() else default


def _load(module: str, remedy: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise LibraryMissing(f"{module} cannot be imported: {error}", hint=remedy) from error
