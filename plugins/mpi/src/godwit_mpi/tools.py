"""The commands of the tools: mpirun of two makes, horovodrun, torchrun."""

import os
import shlex
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from godwitidl.plugins.mpi.v1.mpi_pb2 import (
    LAUNCHER_MPICH,
    LAUNCHER_OPENMPI,
    LAUNCHER_UNSPECIFIED,
    HorovodJob,
    Launcher,
    MPIJob,
    TorchElastic,
)

from godwit_mpi.plan import Program, host_list, write_ssh

_CANDIDATES = ("mpirun", "mpiexec", "mpirun.openmpi", "mpirun.mpich", "mpiexec.hydra")
_LIBRARIES = {LAUNCHER_OPENMPI: ("libmpi.so.40",), LAUNCHER_MPICH: ("libmpi.so.12",)}
NAMES = {LAUNCHER_UNSPECIFIED: "MPI", LAUNCHER_OPENMPI: "Open MPI", LAUNCHER_MPICH: "MPICH"}
_RENDEZVOUS_PORT = 29_400
FORWARDED = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "HOME", "GODWIT_HOME", "GODWIT_JOB_FOLDER", "OMP_NUM_THREADS")
"""Variables that processes on other hosts get from here."""


@dataclass(frozen=True, slots=True)
class Mpirun:
    """An `mpirun` that was found. *library*: of the same installation, for mpi4py; empty: wherever it finds one."""

    path: str
    launcher: "Launcher.ValueType"
    library: str = ""


def find_mpirun(wanted: "Launcher.ValueType", search_path: str) -> Mpirun | None:
    """Return the `mpirun` of the implementation that is *wanted*; None where there is none.

    It is looked for beside the interpreter first, where wheels put it, then along *search_path*.
    """
    everywhere = os.pathsep.join([str(Path(sys.executable).parent), search_path])
    for name in _CANDIDATES:
        path = shutil.which(name, path=everywhere)
        if path is None:
            continue
        made_by = _launcher_of(path)
        if made_by is not None and wanted in {LAUNCHER_UNSPECIFIED, made_by}:
            return Mpirun(path, made_by, _library_beside(path, made_by))
    return None


def _launcher_of(path: str) -> "Launcher.ValueType | None":
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if "Open MPI" in told.stdout or "open-mpi.org" in told.stdout:
        return LAUNCHER_OPENMPI
    return LAUNCHER_MPICH if "HYDRA" in told.stdout else None


def _library_beside(path: str, launcher: "Launcher.ValueType") -> str:
    for name in _LIBRARIES[launcher]:
        library = Path(path).parent.parent / "lib" / name
        if library.exists():
            return str(library)
    return ""


def mpi_program(job: MPIJob, mpirun: Mpirun, worker: Sequence[str], folder: Path) -> Program:
    """Return how the ranks of an MPI job are started."""
    ranks = job.num_workers * job.slots
    hosts = host_list(job.placement.hosts, job.slots)[: job.num_workers]
    environment = {"MPI4PY_LIBMPI": mpirun.library} if mpirun.library and "MPI4PY_LIBMPI" not in os.environ else {}
    arguments = _openmpi if mpirun.launcher == LAUNCHER_OPENMPI else _mpich
    command = [mpirun.path, *arguments(job, ranks, hosts, folder, tuple(environment)), *worker]
    return Program(command, environment)


def _openmpi(
    job: MPIJob, ranks: int, hosts: Sequence[tuple[str, int]], folder: Path, variables: Sequence[str]
) -> list[str]:
    options = ["-np", str(ranks)]
    if hasattr(os, "getuid") and os.getuid() == 0:
        options.append("--allow-run-as-root")
    if not any(option.startswith(("--bind-to", "-bind-to")) for option in job.placement.options):
        options += ["--bind-to", "none"]
    if hosts:
        ssh = write_ssh(job.placement, folder, os.environ.get("PATH", os.defpath))
        named = ",".join(f"{name}:{min(slots, job.slots)}" for name, slots in hosts)
        options += ["--host", named, "--prtemca", "plm_ssh_agent", str(ssh)]
        for name in (*FORWARDED, *variables):
            if name in os.environ or name in variables:
                options += ["-x", name]
    else:
        options.append("--oversubscribe")
    if interface := job.placement.network_interface:
        options += ["--mca", "btl_tcp_if_include", interface, "--prtemca", "prte_if_include", interface]
    return [*options, *job.placement.options]


def _mpich(
    job: MPIJob, ranks: int, hosts: Sequence[tuple[str, int]], folder: Path, _variables: Sequence[str]
) -> list[str]:
    options = ["-n", str(ranks)]
    if hosts:
        ssh = write_ssh(job.placement, folder, os.environ.get("PATH", os.defpath))
        named = ",".join(f"{name}:{min(slots, job.slots)}" for name, slots in hosts)
        options += ["-hosts", named, "-launcher", "ssh", "-launcher-exec", str(ssh)]
        if own := _own_address(hosts[0][0]):
            options += ["-localhost", own]
    if interface := job.placement.network_interface:
        options += ["-iface", interface]
    return [*options, *job.placement.options]


def horovod_program(job: HorovodJob, worker: Sequence[str], folder: Path) -> Program:
    """Return how the processes of a Horovod job are started."""
    count = job.num_workers * job.slots
    hosts = host_list(job.placement.hosts, job.slots)
    interface = job.placement.network_interface or ("" if hosts else "lo" if sys.platform == "linux" else "lo0")
    options = ["-np", str(count), "--gloo"]
    environment: dict[str, str] = {}
    if job.HasField("elastic"):
        elastic = job.elastic
        named = hosts or [("localhost", elastic.max_processes or count)]
        options += ["--min-np", str(elastic.min_processes)]
        options += ["--max-np", str(elastic.max_processes or sum(slots for _, slots in named))]
        options += ["--elastic-timeout", str(round(elastic.timeout.ToSeconds()) or 600)]
        if elastic.reset_limit:
            options += ["--reset-limit", str(elastic.reset_limit)]
        command = list(elastic.discovery_command)
        options += ["--host-discovery-script", str(_discovery(command, named, folder))]
    else:
        named = [(name, min(slots, job.slots)) for name, slots in hosts[: job.num_workers]] or [("localhost", count)]
        options += ["-H", ",".join(f"{name}:{slots}" for name, slots in named)]
    if interface:
        options += ["--network-interfaces", interface]
    if hosts:
        search_path = os.environ.get("PATH", os.defpath)
        ssh = write_ssh(job.placement, folder, search_path)
        environment["PATH"] = os.pathsep.join([str(ssh.parent), search_path])
    tool = [sys.executable, "-m", "horovod.runner.launch"]
    return Program([*tool, *options, *job.placement.options, *worker], environment)


def _discovery(command: Sequence[str], hosts: Sequence[tuple[str, int]], folder: Path) -> Path:
    """Write the program that tells Horovod which hosts there are: the given one, or one that prints a list."""
    path = folder / "discover"
    if command:
        text = f"exec {shlex.join(command)}\n"
    else:
        listed = folder / "hosts"
        listed.write_text("".join(f"{name}:{slots}\n" for name, slots in hosts), encoding="utf-8")
        text = f"exec cat {shlex.quote(str(listed))}\n"
    path.write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def torch_programs(job: TorchElastic, identifier: str, worker: Sequence[str], folder: Path) -> list[Program]:
    """Return how the nodes of a torchrun job are started."""
    hosts = host_list(job.placement.hosts, job.nproc_per_node)
    nodes = job.max_nodes if not hosts else min(job.max_nodes, len(hosts))
    if hosts:
        endpoint = f"{hosts[0][0].rpartition('@')[2]}:{job.rendezvous_port or _RENDEZVOUS_PORT}"
    elif nodes == 1:
        endpoint = f"localhost:{job.rendezvous_port}"
    else:
        endpoint = f"localhost:{job.rendezvous_port or _free_port()}"
    wait = round(job.join_timeout.ToSeconds()) or 600
    options = [
        f"--nnodes={job.min_nodes}:{nodes}",
        f"--nproc-per-node={job.nproc_per_node}",
        f"--max-restarts={job.max_restarts}",
        "--rdzv-backend=c10d",
        f"--rdzv-endpoint={endpoint}",
        f"--rdzv-id={identifier}",
    ]
    rendezvous = f"--rdzv-conf=join_timeout={wait},last_call_timeout=2,is_host="
    tool = [sys.executable, "-m", "torch.distributed.run", *options]
    # Else processes that are started anew find, in a store that torchrun keeps, where those before them were reached.
    environment = {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
    if interface := job.placement.network_interface:
        environment |= {"GLOO_SOCKET_IFNAME": interface, "NCCL_SOCKET_IFNAME": interface}
    programs = []
    for number in range(nodes):
        role = f"{rendezvous}{int(number == 0)}"
        if hosts:
            ssh = write_ssh(job.placement, folder, os.environ.get("PATH", os.defpath))
            host = hosts[number][0]
            address = f"--local-addr={host.rpartition('@')[2]}"
            inner = [*tool, role, address, *job.placement.options, "--no-python", *worker]
            programs.append(Program([str(ssh), host, _remote_command(inner, environment)]))
        else:
            offset = {"GODWIT_LOCAL_OFFSET": str(number * job.nproc_per_node)}
            inner = [*tool, role, "--local-addr=127.0.0.1", *job.placement.options, "--no-python", *worker]
            programs.append(Program(inner, {**environment, **offset}))
    return programs


def _remote_command(command: Sequence[str], environment: dict[str, str]) -> str:
    """Return a line for a shell on another host, which starts *command* as it would start here."""
    variables = {name: os.environ[name] for name in FORWARDED if name in os.environ} | environment
    assignments = [f"{name}={value}" for name, value in variables.items()]
    return f"cd {shlex.quote(str(Path.cwd()))} && exec {shlex.join(['env', *assignments, *command])}"


def _own_address(host: str) -> str:
    """Return the address that *host* reaches this machine by; empty when it cannot be told."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host.rpartition("@")[2], 9))  # sends nothing
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
        return address


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
