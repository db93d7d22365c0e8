"""What is started where: made of a task's payload once, kept in the job's folder, read by launcher and workers.

The plan is JSON, so that launcher and workers need nothing but the standard library:

| key | what it says |
|---|---|
| `job` | folder of the job |
| `runner` | command of the task's runner, by the file contract |
| `outputs` | folder into which it writes |
| `log` | file to which workers append what they write, their rank before each line; empty: to standard output |
| `programs` | what the launcher starts: `command` and `environment` of each |
| `ranks` | how many processes there are to be; 0: that changes |
| `elastic` | whether ranks change while processes run, so that each has a folder of outputs to itself |
| `any_node` | whether the job goes on without some of the programs |
| `goes_on` | whether the tool may start processes anew after one has failed |
| `gpus_per_slot` | GPUs of each process; 0: as the host says |
| `remote` | whether some run on other hosts |
| `start_timeout_s`, `hang_timeout_s` | see `godwit_mpi.configs` |
| `grace_s` | seconds between the polite and the hard end of a process |
"""

import json
import os
import shlex
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from godwitidl.plugins.mpi.v1.mpi_pb2 import Host, Placement
from google.protobuf.duration_pb2 import Duration

_START_TIMEOUT_S = 120.0
_HANG_TIMEOUT_S = 600.0
_SSH_OPTIONS = tuple(
    word
    for setting in (
        "BatchMode=yes",
        "ConnectTimeout=15",
        "StrictHostKeyChecking=accept-new",
        "ServerAliveInterval=5",  # a host that is lost is seen to be lost
        "ServerAliveCountMax=3",
    )
    for word in ("-o", setting)
)
WORKER = Path(__file__).with_name("worker.py")
"""The program around each process."""
LAUNCHER = Path(__file__).with_name("launcher.py")
"""The program that starts the tool, and watches."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that the launcher starts, and waits for."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """See the module's text."""

    job: str
    runner: Sequence[str]
    outputs: str
    log: str
    programs: Sequence[Program]
    ranks: int
    elastic: bool = False
    any_node: bool = False
    goes_on: bool = False
    gpus_per_slot: int = 0
    remote: bool = False
    start_timeout_s: float = _START_TIMEOUT_S
    hang_timeout_s: float = _HANG_TIMEOUT_S
    grace_s: float = 5.0

    def write(self, folder: Path) -> None:
        """Write the plan into a job's folder, and make the folders that it speaks of."""
        for name in ("ranks", "logs"):
            (folder / name).mkdir(exist_ok=True)
        (folder / "plan.json").write_text(json.dumps(asdict(self)), encoding="utf-8")


def start_timeout_s(placement: Placement) -> float:
    """Return the longest time between the first begin and the last, in seconds."""
    return _seconds(placement.start_timeout) or _START_TIMEOUT_S


def hang_timeout_s(placement: Placement) -> float:
    """Return the longest time between the first end and the last, in seconds."""
    return _seconds(placement.hang_timeout) or _HANG_TIMEOUT_S


def _seconds(duration: Duration) -> float:
    return duration.ToMilliseconds() / 1000


def host_list(hosts: Sequence[Host], slots: int) -> list[tuple[str, int]]:
    """Return names and slots of hosts."""
    return [(host.name, host.slots or slots) for host in hosts]


def write_ssh(placement: Placement, folder: Path, search_path: str) -> Path:
    """Write a program `ssh` into a job's folder, which never asks for anything, and return its path.

    Tools that do not let one say what is used in place of ssh find it by PATH.
    """
    command = list(placement.ssh_command) or ["ssh"]
    if command[0] == "ssh":
        # Ours comes first on PATH, and must not call itself.
        command = ["env", f"PATH={search_path}", *command]
    path = folder / "bin" / "ssh"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec {shlex.join([*command, *_SSH_OPTIONS])} "$@"\n', encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def worker_command(python: str, folder: Path) -> list[str]:
    """Return the command of the program around each process."""
    return [python, "-I", "-S", str(WORKER), str(folder)]


def launcher_command(python: str, folder: Path) -> list[str]:
    """Return the command of the program that starts the tool."""
    return [python, "-I", "-S", str(LAUNCHER), str(folder)]


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
