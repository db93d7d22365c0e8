"""The authoring half: what people write beside a task. Light to import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

import godwit as gw
from godwit.errors import DeclarationError

if TYPE_CHECKING:
    from godwitidl.plugins.mpi.v1 import mpi_pb2
    from google.protobuf.message import Message

_MAX_WORKERS = 65_536
_MAX_SLOTS = 1024


@dataclass(frozen=True, kw_only=True)
class _Distributed(gw.TaskConfig):
    """What all distributed jobs may say.

    Attributes:
        hosts: machines to run on, one for each worker: names as ssh takes them, or `Host` with a number of slots.
            Empty: this machine. All of them must see this home, the source and this interpreter under the same paths.
        ssh_command: what is used in place of `ssh`: `("ssh", "-p", "2222")`.
        network_interface: network interface that the processes talk over; empty: the tool's own choice.
        gpus_per_slot: GPUs that each process has to itself, by `CUDA_VISIBLE_DEVICES`; 0: it sees all.
        start_timeout: longest time between the begin of the first process and that of the last; None: two minutes.
        hang_timeout: longest time between the end of the first process and that of the last, which is then taken to
            hang; None: ten minutes.
        options: arguments of the launching tool, after ours.
    """

    hosts: "Sequence[str | Host]" = ()
    ssh_command: Sequence[str] = ()
    network_interface: str = ""
    gpus_per_slot: int = 0
    start_timeout: timedelta | None = None
    hang_timeout: timedelta | None = None
    options: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: it makes no sense.
        """
        for name in ("hosts", "ssh_command", "options"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise _invalid(f"{name} must be a list or tuple", value)
            object.__setattr__(self, name, tuple(value))
        hosts = tuple(host if isinstance(host, Host) else Host(host) for host in self.hosts)
        object.__setattr__(self, "hosts", hosts)
        names = [host.name for host in hosts]
        if len(set(names)) < len(names):
            raise _invalid("hosts must be distinct", names)
        _check_number("gpus_per_slot", self.gpus_per_slot, 0, _MAX_SLOTS)
        for name in ("start_timeout", "hang_timeout"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, timedelta) or value <= timedelta()):
                raise _invalid(f"{name} must be a timedelta above zero, or None", value)

    def _check_hosts(self, workers: int, slots: int) -> None:
        """Check that the hosts have room.

        Raises:
            DeclarationError: there are too few of them, or one has too few slots.
        """
        if not self.hosts:
            return
        if len(self.hosts) < workers:
            raise DeclarationError(
                f"{workers} workers were asked for, and there are {len(self.hosts)} hosts.",
                hint="Name a host for each worker, or ask for fewer workers with more slots.",
                code="SLOTS_TOO_FEW",
            )
        for host in self.hosts[:workers]:
            if isinstance(host, Host) and host.slots and host.slots < slots:
                raise DeclarationError(
                    f"{slots} slots of each worker were asked for, and host {host.name} has {host.slots}.",
                    hint="Ask for fewer slots, or leave out the host's.",
                    code="SLOTS_TOO_FEW",
                )

    def _placement(self) -> "mpi_pb2.Placement":
        from godwitidl.plugins.mpi.v1 import mpi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        placement = mpi_pb2.Placement(
            hosts=[mpi_pb2.Host(name=host.name, slots=host.slots) for host in self.hosts if isinstance(host, Host)],
            ssh_command=self.ssh_command,
            network_interface=self.network_interface,
            gpus_per_slot=self.gpus_per_slot,
            options=self.options,
        )
        if self.start_timeout is not None:
            placement.start_timeout.FromTimedelta(self.start_timeout)
        if self.hang_timeout is not None:
            placement.hang_timeout.FromTimedelta(self.hang_timeout)
        return placement


@dataclass(frozen=True)
class Host:
    """A machine that workers run on, reached by ssh.

    Attributes:
        name: as ssh takes it.
        slots: how many processes it may run; 0: as many as the job has for each worker.
    """

    name: str
    slots: int = 0

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: the name cannot be one, or the slots are no number.
        """
        good = isinstance(self.name, str) and self.name and not self.name.startswith("-")
        if not good or not all(sign.isalnum() or sign in "._:@-" for sign in self.name):
            raise _invalid("a host's name must be one that ssh takes", self.name)
        _check_number("Host.slots", self.slots, 0, _MAX_SLOTS)


@dataclass(frozen=True, kw_only=True)
class MPIJob(_Distributed):
    """Runs the task as the ranks of an MPI job: `num_workers` times `slots` of them.

    In the task, `current_context().mpi` has `rank`, `size` and more, and `comm`, the communicator of mpi4py.

    Attributes:
        num_workers: machines, or what stands for them on this one.
        slots: ranks of each worker.
        launcher: `openmpi`, `mpich`, or `auto`: whichever `mpirun` is found, beside the interpreter or on PATH.
        oversubscribe: whether there may be more ranks than cores on this machine.
    """

    backend: ClassVar[str] = "mpi"

    num_workers: int = 1
    slots: int = 1
    launcher: Literal["auto", "openmpi", "mpich"] = "auto"
    oversubscribe: bool = False

    def __post_init__(self) -> None:
        """Check what is said; see `Host`."""
        super().__post_init__()
        _check_number("num_workers", self.num_workers, 1, _MAX_WORKERS)
        _check_number("slots", self.slots, 1, _MAX_SLOTS)
        if self.launcher not in {"auto", "openmpi", "mpich"}:
            raise _invalid("launcher must be 'auto', 'openmpi' or 'mpich'", self.launcher)
        self._check_hosts(self.num_workers, self.slots)

    def payload(self) -> "Message":
        """Return what backend and ranks are told."""
        from godwitidl.plugins.mpi.v1 import mpi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        launchers = {
            "auto": mpi_pb2.LAUNCHER_UNSPECIFIED,
            "openmpi": mpi_pb2.LAUNCHER_OPENMPI,
            "mpich": mpi_pb2.LAUNCHER_MPICH,
        }
        return mpi_pb2.MPIJob(
            num_workers=self.num_workers,
            slots=self.slots,
            launcher=launchers[self.launcher],
            oversubscribe=self.oversubscribe,
            placement=self._placement(),
        )


@dataclass(frozen=True, kw_only=True)
class Elastic:
    """Lets the number of a Horovod job's processes change while it runs.

    Attributes:
        min_processes: fewest with which it goes on.
        max_processes: most; 0: as many as the hosts have slots.
        timeout: how long it waits for enough of them; None: ten minutes.
        reset_limit: how often they may be put together anew; 0: no limit.
        discovery_command: program that prints the hosts that there are, `name:slots` on each line; empty: those of the
            job.
    """

    min_processes: int = 1
    max_processes: int = 0
    timeout: timedelta | None = None
    reset_limit: int = 0
    discovery_command: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: it makes no sense.
        """
        _check_number("Elastic.min_processes", self.min_processes, 1, _MAX_WORKERS)
        _check_number("Elastic.max_processes", self.max_processes, 0, _MAX_WORKERS)
        _check_number("Elastic.reset_limit", self.reset_limit, 0, 2**31 - 1)
        if self.max_processes and self.max_processes < self.min_processes:
            raise _invalid("Elastic.max_processes must be 0 or at least min_processes", self.max_processes)
        object.__setattr__(self, "discovery_command", tuple(self.discovery_command))


@dataclass(frozen=True, kw_only=True)
class HorovodJob(_Distributed):
    """Runs the task as the processes of a Horovod job: `num_workers` times `slots` of them.

    In the task, `current_context().horovod` has `rank`, `size` and more, and `init()`, which returns `horovod.torch`.

    Attributes:
        num_workers: machines, or what stands for them on this one.
        slots: processes of each worker.
        elastic: how their number may change; None: not at all.
    """

    backend: ClassVar[str] = "horovod"

    num_workers: int = 1
    slots: int = 1
    elastic: Elastic | None = None

    def __post_init__(self) -> None:
        """Check what is said; see `Host`."""
        super().__post_init__()
        _check_number("num_workers", self.num_workers, 1, _MAX_WORKERS)
        _check_number("slots", self.slots, 1, _MAX_SLOTS)
        if self.elastic is None or not self.elastic.discovery_command:
            self._check_hosts(self.num_workers, self.slots)

    def payload(self) -> "Message":
        """Return what backend and processes are told."""
        from godwitidl.plugins.mpi.v1 import mpi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        job = mpi_pb2.HorovodJob(num_workers=self.num_workers, slots=self.slots, placement=self._placement())
        if self.elastic is not None:
            job.elastic.min_processes = self.elastic.min_processes
            job.elastic.max_processes = self.elastic.max_processes
            job.elastic.reset_limit = self.elastic.reset_limit
            job.elastic.discovery_command.extend(self.elastic.discovery_command)
            if self.elastic.timeout is not None:
                job.elastic.timeout.FromTimedelta(self.elastic.timeout)
        return job


@dataclass(frozen=True, kw_only=True)
class TorchElastic(_Distributed):
    """Runs the task as the processes of a torchrun job: `nnodes` times `nproc_per_node` of them.

    In the task, `current_context().torch` has `rank`, `size` and more, and `init()`, which makes the process group.

    Attributes:
        nnodes: machines, or what stands for them on this one; `"2:4"`: from 2 to 4.
        nproc_per_node: processes of each node.
        max_restarts: how often all processes are started anew after one has failed, within one attempt.
        collectives: `gloo`, `nccl`; empty: NCCL where there are GPUs, else gloo.
        rendezvous_port: port on the first host where nodes find each other; 0: any on this machine, 29400 elsewhere.
        join_timeout: how long nodes wait for each other; None: ten minutes.
    """

    backend: ClassVar[str] = "torch"

    nnodes: int | str = 1
    nproc_per_node: int = 1
    max_restarts: int = 0
    collectives: str = ""
    rendezvous_port: int = 0
    join_timeout: timedelta | None = None

    def __post_init__(self) -> None:
        """Check what is said; see `Host`."""
        super().__post_init__()
        fewest, most = self.nodes
        _check_number("nproc_per_node", self.nproc_per_node, 1, _MAX_SLOTS)
        _check_number("max_restarts", self.max_restarts, 0, 1000)
        _check_number("rendezvous_port", self.rendezvous_port, 0, 65_535)
        self._check_hosts(most if self.hosts and fewest == most else fewest, self.nproc_per_node)

    @property
    def nodes(self) -> tuple[int, int]:
        """The fewest and the most nodes.

        Raises:
            DeclarationError: `nnodes` does not say.
        """
        parts = str(self.nnodes).split(":")
        if isinstance(self.nnodes, bool) or len(parts) > 2 or not all(part.isdecimal() for part in parts):
            raise _invalid("nnodes must be a number, or a range such as '1:4'", self.nnodes)
        fewest, most = int(parts[0]), int(parts[-1])
        if not 1 <= fewest <= most <= _MAX_WORKERS:
            raise _invalid("nnodes must be a number from 1, or a range such as '1:4'", self.nnodes)
        return fewest, most

    def payload(self) -> "Message":
        """Return what backend and processes are told."""
        from godwitidl.plugins.mpi.v1 import mpi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        fewest, most = self.nodes
        job = mpi_pb2.TorchElastic(
            min_nodes=fewest,
            max_nodes=most,
            nproc_per_node=self.nproc_per_node,
            max_restarts=self.max_restarts,
            collectives=self.collectives,
            rendezvous_port=self.rendezvous_port,
            placement=self._placement(),
        )
        if self.join_timeout is not None:
            job.join_timeout.FromTimedelta(self.join_timeout)
        return job


def _invalid(expected: str, came: object) -> DeclarationError:
    return DeclarationError(f"{expected[0].upper()}{expected[1:]}; got {came!r}.", code="INVALID_SETTING")


def _check_number(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _invalid(f"{name} must be a number from {least} to {most}", value)
